import { describe, expect, test } from "vitest";
import { type Cadence, cadenceDays, sinceFirst } from "./cadence-days.ts";
import { gapsOf, gapWords, lengthWords, repeatWords } from "./gaps.ts";

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 4 * QUARTER_MS;
const SINCE_MS = Date.parse("2026-03-09T00:00:00Z");

function cadence(received: number[], more: Partial<Cadence> = {}): Cadence {
  return {
    sinceMs: SINCE_MS,
    stepMs: QUARTER_MS,
    received,
    repeats: [],
    expectedIntervalS: 300,
    fromMs: SINCE_MS,
    untilMs: SINCE_MS + received.length * QUARTER_MS,
    isCurrent: true,
    ...more,
  };
}

const quarters = (count: number, received: number) => Array.from({ length: count }, () => received);

describe("gaps", () => {
  test("are the runs in which nothing came, told in words", () => {
    const received = [...quarters(4, 3), ...quarters(9, 0), 3, 0, 0, 3, 0, 3];
    const gaps = gapsOf(cadence(received));
    expect(gaps).toHaveLength(3);
    expect(gaps[0]).toEqual({
      fromMs: SINCE_MS + HOUR_MS,
      untilMs: SINCE_MS + 13 * QUARTER_MS,
      goesOn: false,
    });
    expect(gapWords(gaps)).toBe("3 gaps, longest 2 h 15 min");
  });

  test.each([
    ["no frame is missing", quarters(8, 3), "No gaps"],
    ["one gap", [3, ...quarters(4, 0), 3], "1 gap of 1 h"],
    ["one that goes on", [3, 3, 0, 0], "1 gap of 30 min, and it goes on"],
    ["several, the last of which goes on", [3, 0, 3, 0, 0], "2 gaps, longest 30 min, and the last goes on"],
  ])("%s: %j is %s", (_, received, words) => {
    expect(gapWords(gapsOf(cadence(received)))).toBe(words);
  });

  test("of less than two intervals are none: a frame may be a little late", () => {
    const received = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    expect(gapsOf(cadence(received, { expectedIntervalS: 3600 }))).toEqual([]);
    expect(gapsOf(cadence(received, { expectedIntervalS: 1200 }))).toHaveLength(2);
  });

  test("are not known without an interval, before the device was there, or in a step that has just begun", () => {
    expect(gapsOf(cadence([0, 0, 0], { expectedIntervalS: null }))).toEqual([]);
    expect(gapsOf(cadence([0, 0, 0, 0, 3], { fromMs: SINCE_MS + HOUR_MS }))).toEqual([]);
    expect(gapsOf(cadence([3, 3, 0], { untilMs: SINCE_MS + 2.4 * QUARTER_MS }))).toEqual([]);
  });

  test("are none where a picture came again, which is told in a sentence of its own", () => {
    const stuck = cadence([3, 0, 0, 0, 0, 0], { repeats: [0, 3, 3, 3, 0, 0] });
    expect(gapsOf(stuck)).toMatchObject([{ fromMs: SINCE_MS + HOUR_MS, goesOn: true }]);
    expect(repeatWords(stuck)).toBe(
      "A picture that was there before came again 9 times: the camera may be stuck",
    );
    expect(repeatWords(cadence([3, 3]))).toBeUndefined();
  });

  test("of a device that is retired end with its service", () => {
    const untilMs = SINCE_MS + 3 * QUARTER_MS;
    const retired = cadence([3, 0, 0, 0, 0, 0], { untilMs, isCurrent: false });
    expect(gapsOf(retired)).toEqual([{ fromMs: SINCE_MS + QUARTER_MS, untilMs, goesOn: false }]);
    expect(gapWords(gapsOf(retired))).toBe("1 gap of 30 min");
  });

  test.each([
    [60_000, "1 min"],
    [130 * 60_000, "2 h 10 min"],
    [26 * HOUR_MS, "1 d 2 h"],
    [48 * HOUR_MS, "2 d"],
  ])("%i ms is %s", (ms, words) => {
    expect(lengthWords(ms)).toBe(words);
  });
});

describe("days of a heat map", () => {
  test("hold what came and what was expected in each hour of the zone", () => {
    const [first, second] = cadenceDays(cadence(quarters(48, 3)), "Pacific/Auckland");
    expect(first).toMatchObject({ date: "2026-03-09", label: "Monday, 9 March 2026" });
    expect(first?.hours[13]).toMatchObject({ received: 12, expected: 12, level: "full" });
    expect(second?.hours[0]).toMatchObject({ received: 12, expected: 12, level: "full" });
    expect(second?.hours[1]).toMatchObject({ received: 0, expected: 0, level: "idle" });
  });

  test.each([
    [0, "none"],
    [1, "few"],
    [2, "most"],
    [3, "full"],
  ])("with %i of 3 a quarter is %s", (received, level) => {
    expect(cadenceDays(cadence(quarters(4, received)), "UTC")[0]?.hours[0]?.level).toBe(level);
  });

  test("with mostly one picture again is neither full nor missing", () => {
    const stuck = cadence([3, 1, 0, 0], { repeats: [0, 2, 3, 3] });
    expect(cadenceDays(stuck, "UTC")[0]?.hours[0]).toEqual({
      ...{ received: 4, repeats: 8, expected: 12 },
      level: "same",
    });
  });

  test("an hour in which less than one frame is expected is never short of one", () => {
    const slow = cadenceDays(cadence([0, 0, 0, 0, 1, 0, 0, 0], { expectedIntervalS: 7200 }), "UTC");
    expect(slow[0]?.hours.slice(0, 2).map(({ level }) => level)).toEqual(["idle", "full"]);
  });

  test("the hour that comes twice in autumn expects twice as much", () => {
    const sinceMs = Date.parse("2026-10-25T00:00:00Z");
    const days = cadenceDays(
      cadence(quarters(8, 3), { sinceMs, fromMs: sinceMs, untilMs: sinceMs + 2 * HOUR_MS }),
      "Europe/Vienna",
    );
    expect(days[0]?.hours[2]).toMatchObject({ received: 24, expected: 24, level: "full" });
  });

  test("begin with the first on which anything came or was expected", () => {
    const fromMs = SINCE_MS + 25 * HOUR_MS;
    const days = cadenceDays(cadence(quarters(3 * 96, 0), { fromMs }), "UTC");
    expect(sinceFirst(days).map(({ date }) => date)).toEqual(["2026-03-10", "2026-03-11"]);
    expect(sinceFirst(cadenceDays(cadence(quarters(96, 0), { expectedIntervalS: null }), "UTC"))).toEqual([]);
  });
});
