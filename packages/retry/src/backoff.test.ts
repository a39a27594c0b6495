import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffDelayMs } from "./backoff.ts";

const base = { baseDelayMs: 1000, maxDelayMs: 60_000, jitter: 0 };

test("doubles from the base delay to the maximum", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 5000].map((failures) => backoffDelayMs(failures, base))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000,
  ]);
});

test("a base delay of 0 stays 0 after any number of failures", () => {
  expect(backoffDelayMs(1025, { ...base, baseDelayMs: 0 })).toBe(0);
});

test.each([
  ["the least of ±10 %", 0.1, 0, 900],
  ["the middle of ±10 %", 0.1, 0.5, 1000],
  ["the least of full jitter", 1, 0, 0],
  ["the most of full jitter", 1, 1, 2000],
])("%s", (_title, jitter, random, expected) => {
  expect(backoffDelayMs(1, { ...base, jitter }, () => random)).toBeCloseTo(expected);
});

test("stays within delay × (1 ± jitter), never below 0, never above the maximum", () => {
  const positive = fc.double({ min: 0, max: 1e7, noNaN: true });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      positive,
      positive,
      share,
      share,
      (failures, b, max, jitter, random) => {
        const delay = Math.min(b * 2 ** Math.min(failures - 1, 1000), max);
        const jittered = backoffDelayMs(failures, { baseDelayMs: b, maxDelayMs: max, jitter }, () => random);
        expect(jittered).toBeGreaterThanOrEqual(0);
        expect(jittered).toBeLessThanOrEqual(max);
        const error = delay * 1e-9;
        expect(jittered).toBeGreaterThanOrEqual(delay * (1 - jitter) - error);
        expect(jittered).toBeLessThanOrEqual(delay * (1 + jitter) + error);
      },
    ),
  );
});
