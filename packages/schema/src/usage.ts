import { z } from "zod";
import { count, filesAndBytes, share, timestamp } from "./fields.ts";

/** What `storage_usage` answers. stored = live + trashed + purging; by_device, by_shot_type and by_series count stored. */
export const storageUsage = z.object({
  bucket_id: z.string(),
  quota_bytes: z.int().positive().nullable(),
  live: filesAndBytes,
  trashed: filesAndBytes,
  purging: filesAndBytes,
  purged: filesAndBytes,
  stored: filesAndBytes,
  by_device: z.array(filesAndBytes.extend({ device_id: z.uuid(), slug: z.string() })),
  /** null: captures without one. */
  by_shot_type: z.array(filesAndBytes.extend({ shot_type: z.string().nullable() })),
  /** The hundred that hold most; null: captures without one. */
  by_series: z.array(filesAndBytes.extend({ series: z.string().nullable() })),
  /** What arrived on each of the last 30 UTC days, oldest first, whatever became of it since. */
  by_day: z.array(filesAndBytes.extend({ day: z.iso.date() })),
});
/** See {@link storageUsage}. */
export type StorageUsage = z.infer<typeof storageUsage>;

/** What `report_uploads` takes: cumulative per journal. `bytes` belong to the files counted in `ok`. */
export const uploadTotals = z.object({ ok: count, failed: count, duplicate: count, bytes: count });
/** See {@link uploadTotals}. */
export type UploadTotals = z.infer<typeof uploadTotals>;

/** A row of `upload_stats_hourly`; `hour` is the server's. */
export const uploadStatsRow = uploadTotals.extend({ device_id: z.uuid(), hour: timestamp });
/** See {@link uploadStatsRow}. */
export type UploadStatsRow = z.infer<typeof uploadStatsRow>;

/** A row of `capture_stats_daily`; `day` is the UTC day of created_at. */
export const captureStatsRow = z.object({
  bucket_id: z.string(),
  day: z.iso.date(),
  device_id: z.uuid(),
  shot_type: z.string().nullable(),
  series: z.string().nullable(),
  live_files: count,
  live_bytes: count,
  trashed_files: count,
  trashed_bytes: count,
  purging_files: count,
  purging_bytes: count,
  purged_files: count,
  purged_bytes: count,
});
/** See {@link captureStatsRow}. */
export type CaptureStatsRow = z.infer<typeof captureStatsRow>;

/** A row of `capture_totals`: `capture_stats_daily` over all days. */
export const captureTotalsRow = captureStatsRow.omit({ day: true });
/** See {@link captureTotalsRow}. */
export type CaptureTotalsRow = z.infer<typeof captureTotalsRow>;

/** A row of `bucket_settings`: it makes a bucket one of PiLab's. */
export const bucketSettingsRow = z.object({
  bucket_id: z.string(),
  quota_bytes: z.int().positive().nullable(),
  brake_share: share,
  /** Captures that one retention run may remove unless told to; null: no limit by number. */
  brake_files: z.int().positive().nullable(),
  time_zone: z.string(),
});
/** See {@link bucketSettingsRow}. */
export type BucketSettingsRow = z.infer<typeof bucketSettingsRow>;
