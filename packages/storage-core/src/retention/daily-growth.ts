import type { CaptureStatsRow } from "@pilab/schema";
import { getOrMake } from "./get-or-make.ts";
import type { Placed } from "./places.ts";

/** What arrives in one place on an average day. */
export interface DailyGrowth extends Placed {
  files: number;
  bytes: number;
}

const DAY_MS = 86_400_000;

/**
 * The average arrivals of the last whole UTC days of `capture_stats_daily`, whatever became of them since. What began
 * within these days is averaged from its first day on: a Pi set up on Monday counts as one that runs, not as a seventh.
 */
export function dailyGrowth(
  stats: Iterable<CaptureStatsRow>,
  { now, days = 7 }: { now: Date; days?: number },
): DailyGrowth[] {
  const today = Math.floor(now.getTime() / DAY_MS);
  const places = new Map<string, DailyGrowth & { ofDays: number }>();
  for (const row of stats) {
    const daysAgo = today - Math.floor(Date.parse(row.day) / DAY_MS);
    if (daysAgo < 1 || daysAgo > days) continue;
    const { bucket_id, device_id, shot_type, series } = row;
    const where = { bucket_id, device_id, shot_type, series };
    const sum = getOrMake(places, JSON.stringify(where), () => ({ ...where, files: 0, bytes: 0, ofDays: 1 }));
    sum.files += row.live_files + row.trashed_files + row.purging_files + row.purged_files;
    sum.bytes += row.live_bytes + row.trashed_bytes + row.purging_bytes + row.purged_bytes;
    sum.ofDays = Math.max(sum.ofDays, daysAgo);
  }
  return [...places.values()].map(({ ofDays, ...sum }) => ({
    ...sum,
    files: sum.files / ofDays,
    bytes: sum.bytes / ofDays,
  }));
}
