import { expect, test } from "vitest";
import { createPowerWatch } from "./power-watch.ts";
import type { Throttling } from "./read-throttling.ts";

const bits = (now: string, boot: string): Throttling => ({
  underVoltage: now.includes("u"),
  throttled: now.includes("t"),
  sinceBoot: { underVoltage: boot.includes("u"), throttled: boot.includes("t") },
});

function start() {
  const firmware = { says: bits("", "") as Throttling | null };
  const watch = createPowerWatch(async () => firmware.says);
  const look = async (says: Throttling | null) => {
    firmware.says = says;
    await watch.look();
  };
  return { watch, look };
}

test("remembers a dip between two looks, by the firmware's own memory, for one report", async () => {
  const { watch, look } = start();
  await look(bits("", ""));
  watch.reported();
  expect(watch.complaint).toBeNull();
  await look(bits("", "u"));
  expect(watch.since).toEqual({ underVoltage: true, throttled: false });
  expect(watch.complaint).toContain("too weak");
  watch.reported();
  await look(bits("", "u"));
  expect(watch.since).toEqual({ underVoltage: false, throttled: false });
  // Whoever looks at `status` right after the report sees it still.
  expect(watch.complaint).toContain("too weak");
  watch.reported();
  expect(watch.complaint).toBeNull();
});

test("remembers what a look saw until it is reported, however long that takes", async () => {
  const { watch, look } = start();
  await look(bits("t", "ut"));
  await look(bits("", "ut"));
  await look(null);
  expect(watch.since).toEqual({ underVoltage: true, throttled: true });
  watch.reported();
  await look(bits("t", "ut"));
  expect(watch.since).toEqual({ underVoltage: false, throttled: true });
});

test("tells nothing on a machine that does not tell", async () => {
  const { watch, look } = start();
  await look(null);
  watch.reported();
  expect(watch.since).toBeNull();
  expect(watch.complaint).toBeNull();
});
