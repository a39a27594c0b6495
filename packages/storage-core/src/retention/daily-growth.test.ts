import type { CaptureStatsRow } from "@pilab/schema";
import { expect, test } from "vitest";
import { dailyGrowth } from "./daily-growth.ts";
import { PI_1, PI_2 } from "./testing.ts";

const NOW = new Date("2026-04-09T15:00:00Z");

function stats(day: string, device_id: string, files: number): CaptureStatsRow {
  const [live_files, live_bytes] = [files, files * 10];
  const gone = { trashed_files: 1, trashed_bytes: 10, purging_files: 0, purging_bytes: 0 };
  const where = { bucket_id: "pilab-dev", day, device_id, shot_type: null, series: null };
  return { ...where, live_files, live_bytes, ...gone, purged_files: 1, purged_bytes: 10 };
}

test("averages the last seven whole days; what has gone since did arrive", () => {
  const rows = ["2026-04-01", "2026-04-02", "2026-04-08", "2026-04-09"].map((day) => stats(day, PI_1, 68));
  expect(dailyGrowth(rows, { now: NOW })).toEqual([
    expect.objectContaining({ device_id: PI_1, files: 20, bytes: 200 }),
  ]);
});

test("averages what began within these days from its first day on", () => {
  const rows = [stats("2026-04-07", PI_2, 48), stats("2026-04-08", PI_2, 98)];
  expect(dailyGrowth(rows, { now: NOW })).toEqual([
    expect.objectContaining({ device_id: PI_2, files: 75, bytes: 750 }),
  ]);
});
