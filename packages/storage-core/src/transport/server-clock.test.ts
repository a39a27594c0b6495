import fc from "fast-check";
import { expect, test } from "vitest";
import { createServerClock } from "./server-clock.ts";

test("knows nothing before the first answer, nor from a header that is no date", () => {
  const clock = createServerClock();
  clock.observe(undefined, 0, 0);
  clock.observe("yesterday", 0, 0);
  expect(clock.offsetMs()).toBeUndefined();
});

test("is never further from the truth than the second that the header names, and the time on the way", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.array(
        fc.record({ sentAt: fc.integer({ min: 0, max: 1e7 }), wayMs: fc.integer({ min: 0, max: 500 }) }),
        { minLength: 1 },
      ),
      (offsetMs, answers) => {
        const clock = createServerClock();
        for (const { sentAt, wayMs } of answers) {
          const sentAtMs = 1_700_000_000_000 + sentAt;
          const header = new Date(sentAtMs + wayMs / 2 + offsetMs).toUTCString();
          clock.observe(header, sentAtMs, sentAtMs + wayMs);
        }
        const least = Math.min(...answers.map(({ wayMs }) => wayMs));
        expect(Math.abs((clock.offsetMs() as number) - offsetMs)).toBeLessThanOrEqual((1000 + least) / 2 + 1);
      },
    ),
  );
});

test("follows when this machine's clock is set", () => {
  const clock = createServerClock();
  const server = Date.parse("2026-03-09T12:00:00Z");
  clock.observe(new Date(server).toUTCString(), 0, 10);
  clock.observe(new Date(server).toUTCString(), server, server + 10);
  expect(Math.abs(clock.offsetMs() as number)).toBeLessThanOrEqual(505);
});
