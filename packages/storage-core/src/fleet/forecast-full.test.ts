import { expect, test } from "vitest";
import { forecastFull } from "./forecast-full.ts";

const now = new Date("2026-03-09T12:00:00Z");
const full = (quota_bytes: number | null, stored: number, perDay: number, purgedPerDay = 0) =>
  forecastFull(
    {
      usage: { quota_bytes, stored: { files: 1, bytes: stored } } as never,
      growth: { files_per_day: 1, bytes_per_day: perDay, purged_bytes_per_day: purgedPerDay },
    },
    now,
  )?.toISOString();

test("counts what is left by what is added less what is purged", () => {
  expect(full(1000, 900, 10)).toBe("2026-03-19T12:00:00.000Z");
  expect(full(1000, 900, 20, 10)).toBe("2026-03-19T12:00:00.000Z");
});

test("says now when it is full", () => {
  expect(full(1000, 1000, 0)).toBe(now.toISOString());
});

test.each([
  ["without a quota", null, 900, 10, 0],
  ["when nothing is added", 1000, 900, 0, 0],
  ["when as much is purged as added", 1000, 900, 10, 10],
  ["when more is purged than added", 1000, 900, 10, 20],
  ["beyond ten years", 1e9, 0, 1, 0],
])("says nothing %s", (_title, quota, stored, perDay, purged) => {
  expect(full(quota, stored, perDay, purged)).toBeUndefined();
});
