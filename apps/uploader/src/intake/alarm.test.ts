import { expect, test } from "vitest";
import { createAlarm } from "./alarm.ts";

const FOR_EVER = Number.POSITIVE_INFINITY;

test("a ring wakes all who sleep, and so does the abort", async () => {
  const stop = new AbortController();
  const alarm = createAlarm(stop.signal);
  const night = () => Promise.all([alarm.sleep(FOR_EVER), alarm.sleep(FOR_EVER)]);
  const first = night();
  alarm.ring();
  await first;
  const second = night();
  stop.abort();
  await second;
  await alarm.sleep(FOR_EVER);
});

test("a ring while nobody sleeps makes the next sleep short, and no other", async () => {
  const alarm = createAlarm(new AbortController().signal);
  alarm.ring();
  await alarm.sleep(FOR_EVER);
  const next = alarm.sleep(FOR_EVER);
  expect(await Promise.race([next, Promise.resolve("sleeps")])).toBe("sleeps");
});
