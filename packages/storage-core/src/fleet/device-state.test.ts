import { describe, expect, test } from "vitest";
import { deviceState, silentAfterMs } from "./device-state.ts";

const now = new Date("2026-03-09T12:00:00Z");
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const plain = { expected_interval_s: null, paused_until: null, retired_at: null };
const each5s = { ...plain, expected_interval_s: 5 };
const hourly = { ...plain, expected_interval_s: 3600 };

test("patience is three expected intervals, at least ten minutes", () => {
  expect(silentAfterMs(plain)).toBe(600_000);
  expect(silentAfterMs(each5s)).toBe(600_000);
  expect(silentAfterMs(hourly)).toBe(3 * 3_600_000);
});

describe("a device is", () => {
  test.each([
    ["ok while pictures arrive", each5s, ago(1), ago(1), "ok"],
    ["ok while pictures arrive, agent or not", each5s, null, ago(9), "ok"],
    ["silent when nothing came for ten minutes", each5s, ago(11), ago(11), "silent"],
    ["late when it beats and sends no pictures", each5s, ago(1), ago(11), "late"],
    ["late when it beats and never sent one", each5s, ago(1), null, "late"],
    [
      "ok when pictures come by another program than the agent that once beat",
      each5s,
      ago(999),
      ago(1),
      "ok",
    ],
    ["late when its heart stopped before the next picture is due", hourly, ago(11), ago(30), "late"],
    ["silent after three intervals where they are longer", hourly, ago(181), ago(181), "silent"],
    ["ok within three intervals without an agent", hourly, null, ago(179), "ok"],
    ["ok whenever it sends, where nothing is expected of it", plain, null, ago(99_999), "ok"],
    ["silent without a heartbeat where nothing but that is expected", plain, ago(11), ago(99), "silent"],
    ["ok with a heartbeat where nothing but that is expected", plain, ago(1), null, "ok"],
    ["never without any sign of life", each5s, null, null, "never"],
  ] as const)("%s", (_title, device, reportedAt, lastArrivalAt, state) => {
    expect(deviceState({ device, reportedAt, lastArrivalAt }, now)).toBe(state);
  });

  test("paused until the pause ends, and is given its patience from then on", () => {
    const until = (minutes: number) => ({ ...each5s, paused_until: ago(minutes).toISOString() });
    const signs = { reportedAt: ago(60), lastArrivalAt: ago(60) };
    expect(deviceState({ device: until(-1), ...signs }, now)).toBe("paused");
    expect(deviceState({ device: until(9), ...signs }, now)).toBe("ok");
    expect(deviceState({ device: until(11), ...signs }, now)).toBe("silent");
  });

  test("retired whatever else it is", () => {
    const device = { ...each5s, paused_until: ago(-1).toISOString(), retired_at: ago(5).toISOString() };
    expect(deviceState({ device, reportedAt: ago(0), lastArrivalAt: ago(0) }, now)).toBe("retired");
  });
});
