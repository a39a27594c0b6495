import { z } from "zod";
import { count, label, timestamp } from "./fields.ts";

/** First folder of a device's object paths; never renamed. */
export const deviceSlug = z
  .string()
  .regex(/^[a-z0-9-]{1,63}$/, { error: "1 to 63 lower-case letters, digits and hyphens" });

/** A row of `devices`. */
export const deviceRow = z.object({
  id: z.uuid(),
  slug: deviceSlug,
  name: z.string().min(1).max(200),
  user_id: z.uuid().nullable(),
  time_zone: z.string(),
  expected_interval_s: z.int().positive().nullable(),
  series: label.nullable(),
  shot_type: label.nullable(),
  paused_until: timestamp.nullable(),
  created_at: timestamp,
  retired_at: timestamp.nullable(),
});
/** See {@link deviceRow}. */
export type DeviceRow = z.infer<typeof deviceRow>;

/** What makes a device; the name defaults to the slug. */
export const newDevice = deviceRow
  .pick({ slug: true, name: true, time_zone: true, expected_interval_s: true, series: true, shot_type: true })
  .partial({ name: true, time_zone: true, expected_interval_s: true, series: true, shot_type: true })
  .extend({
    time_zone: z.string().refine(isTimeZone, { error: "an IANA time zone such as Europe/Berlin" }).optional(),
  });
/** See {@link newDevice}. */
export type NewDevice = z.infer<typeof newDevice>;

/** A row of `device_status`: the last heartbeat, whole; null = it did not say. */
export const deviceStatusRow = z.object({
  device_id: z.uuid(),
  reported_at: timestamp,
  agent_version: z.string().max(100).nullable(),
  state: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .nullable(),
  queue_files: count.nullable(),
  queue_bytes: count.nullable(),
  oldest_queued_at: timestamp.nullable(),
  quarantined_files: count.nullable(),
  last_quarantine_reason: z.string().max(1000).nullable(),
  uplink_bytes_per_s: count.nullable(),
  disk_free_bytes: count.nullable(),
  disk_total_bytes: count.nullable(),
  card_bytes_written_today: count.nullable(),
  cpu_temp_c: z.number().nullable(),
  throttled: z.boolean().nullable(),
  clock_synced: z.boolean().nullable(),
  last_upload_at: timestamp.nullable(),
  last_error: z.string().max(1000).nullable(),
  /** Which agent wrote the row. */
  instance: z.string().max(64).nullable(),
});
/** See {@link deviceStatusRow}. */
export type DeviceStatusRow = z.infer<typeof deviceStatusRow>;

/** What `report_device_status` takes; the server adds device and time. What is left out becomes null. */
export const deviceStatusReport = deviceStatusRow.omit({ device_id: true, reported_at: true }).partial();
/** See {@link deviceStatusReport}. */
export type DeviceStatusReport = z.infer<typeof deviceStatusReport>;

/** A row of `device_status_hourly`: an hour of heartbeats. Without _max and _min: the last that said so. */
export const deviceStatusHourlyRow = z.object({
  device_id: z.uuid(),
  hour: timestamp,
  reported_at: timestamp,
  reports: count,
  queue_files: count.nullable(),
  queue_files_max: count.nullable(),
  queue_bytes: count.nullable(),
  queue_bytes_max: count.nullable(),
  quarantined_files: count.nullable(),
  uplink_bytes_per_s: count.nullable(),
  disk_free_bytes: count.nullable(),
  disk_free_bytes_min: count.nullable(),
  disk_total_bytes: count.nullable(),
  card_bytes_written_max: count.nullable(),
  cpu_temp_c_max: z.number().nullable(),
  /** Whether it was at any heartbeat; so is clock_unsynced. */
  throttled: z.boolean().nullable(),
  clock_unsynced: z.boolean().nullable(),
  /** A reboot is one, two machines with one identity are many. */
  instance_changes: count,
  last_error: z.string().nullable(),
});
/** See {@link deviceStatusHourlyRow}. */
export type DeviceStatusHourlyRow = z.infer<typeof deviceStatusHourlyRow>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false; // Intl has no other way to say that it does not know a zone
  }
}
