import { z } from "zod";
import { deviceRow, deviceStatusRow } from "./device.ts";
import { count, filesAndBytes, share, timestamp } from "./fields.ts";
import { RUN_STATES } from "./retention-run.ts";
import { storageUsage, uploadTotals } from "./usage.ts";
import { workerStatusRow } from "./worker-status.ts";

/** A device with its last heartbeat, its newest live capture and its last arrival; null: there is none. */
export const deviceOverview = deviceRow.extend({
  status: deviceStatusRow.nullable(),
  last_capture: z
    .object({
      id: z.uuid(),
      bucket_id: z.string(),
      object_path: z.string(),
      thumbnail_path: z.string().nullable(),
      captured_at: timestamp,
      created_at: timestamp,
      brightness: share.nullable(),
      sharpness: share.nullable(),
    })
    .nullable(),
  /** When the server last received anything from it, repeats included. */
  last_arrival_at: timestamp.nullable(),
  /** How often another agent wrote than at the heartbeat before, in the last two hours. */
  instance_changes: count,
});
/** See {@link deviceOverview}. */
export type DeviceOverview = z.infer<typeof deviceOverview>;

/** What `device_overview` answers. `read_at` is the server's clock, by which ages are told. */
export const devicesOverview = z.object({ read_at: timestamp, devices: z.array(deviceOverview) });
/** See {@link devicesOverview}. */
export type DevicesOverview = z.infer<typeof devicesOverview>;

/** How uploads went in one hour or day, which begins at `at`: an entry of what `upload_stats` answers. */
export const uploadStep = uploadTotals.extend({ at: timestamp });
/** See {@link uploadStep}. */
export type UploadStep = z.infer<typeof uploadStep>;

/** A row of `upload_totals`: a device's uploads since it is known. */
export const uploadTotalsRow = uploadTotals.extend({ device_id: z.uuid() });
/** See {@link uploadTotalsRow}. */
export type UploadTotalsRow = z.infer<typeof uploadTotalsRow>;

/** What arrived on a UTC day, and what of it is stored now: an entry of what `usage_daily` answers. */
export const usageDay = filesAndBytes.extend({
  day: z.iso.date(),
  /** Device id, shot type or series, as was asked for; null: captures without one, or nothing was asked for. */
  key: z.string().nullable(),
  stored_files: count,
  stored_bytes: count,
});
/** See {@link usageDay}. */
export type UsageDay = z.infer<typeof usageDay>;

/** What `capture_cadence` answers: captures received in each step of `bucket_minutes` from `since` on. */
export const captureCadence = z.object({
  since: timestamp,
  bucket_minutes: z.int().positive(),
  devices: z.array(
    z.object({
      device_id: z.uuid(),
      slug: z.string(),
      expected_interval_s: z.int().positive().nullable(),
      received: z.array(count),
      /** The same bytes again: a stuck camera. Nothing new was seen, and nothing is missing. */
      repeats: z.array(count),
    }),
  ),
});
/** See {@link captureCadence}. */
export type CaptureCadence = z.infer<typeof captureCadence>;

/** What `fleet_overview` answers. */
export const fleetOverview = devicesOverview.extend({
  usage: storageUsage,
  growth: z.object({
    files_per_day: z.number().nonnegative(),
    bytes_per_day: z.number().nonnegative(),
    purged_bytes_per_day: z.number().nonnegative(),
  }),
  /** The last 24 hours, oldest first. */
  uploads: z.array(uploadStep),
  /** Alerts that are open, by severity, and those that somebody has taken on. */
  alerts: z.object({ critical: count, warning: count, info: count, acknowledged: count }),
  workers: z.array(workerStatusRow),
});
/** See {@link fleetOverview}. */
export type FleetOverview = z.infer<typeof fleetOverview>;

/** What `metrics_snapshot` answers. */
export const metricsSnapshot = devicesOverview.extend({
  buckets: z.array(
    z.object({
      bucket_id: z.string(),
      quota_bytes: z.int().positive().nullable(),
      /** The last that was no dry run. */
      last_run: z
        .object({
          state: z.enum(RUN_STATES),
          created_at: timestamp,
          finished_at: timestamp.nullable(),
          trashed_files: count,
          purged_files: count,
          purged_bytes: count,
          failed_files: count,
        })
        .nullable(),
    }),
  ),
  storage: z.array(
    z.object({
      bucket_id: z.string(),
      device_id: z.uuid(),
      live_files: count,
      live_bytes: count,
      trashed_files: count,
      trashed_bytes: count,
      purging_files: count,
      purging_bytes: count,
      purged_files: count,
      purged_bytes: count,
    }),
  ),
  uploads: z.array(uploadTotalsRow),
  alerts: z.array(z.object({ severity: z.string(), state: z.string(), count })),
  workers: z.array(workerStatusRow),
  checks: z.array(
    z.object({
      check_name: z.string(),
      subject_id: z.string(),
      ok: z.boolean(),
      found: count,
      checked_at: timestamp,
    }),
  ),
});
/** See {@link metricsSnapshot}. */
export type MetricsSnapshot = z.infer<typeof metricsSnapshot>;
