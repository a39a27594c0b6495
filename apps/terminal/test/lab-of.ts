import type { AlertRow, StorageUsage } from "@pilab/schema";
import type { CaptureTile, DeviceWithStatus } from "@pilab/storage-core";
import type { Lab } from "../src/read-lab.ts";

/** The server's now in {@link labOf}. */
export const NOW = Date.parse("2026-03-09T12:00:00Z");
/** A time before it. */
export const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();

const none = { files: 0, bytes: 0 };
const usage: StorageUsage = {
  bucket_id: "pilab-dev",
  quota_bytes: 2e12,
  live: { files: 1_234_567, bytes: 1.1e12 },
  trashed: { files: 2000, bytes: 9e10 },
  purging: none,
  purged: none,
  stored: { files: 1_236_567, bytes: 1.19e12 },
  by_device: [],
  by_shot_type: [],
  by_series: [],
  by_day: [],
};

/** A heartbeat of which all is well, but for what is said. */
export function statusOf(change: Partial<NonNullable<DeviceWithStatus["status"]>> = {}) {
  return {
    device_id: "0190cafe-0000-4000-8000-000000000001",
    reported_at: ago(0.5),
    agent_version: "0.1.0",
    state: "idle",
    queue_files: 3,
    queue_bytes: 3000,
    oldest_queued_at: null,
    quarantined_files: 0,
    last_quarantine_reason: null,
    uplink_bytes_per_s: 1e6,
    disk_free_bytes: 1.2e10,
    disk_total_bytes: 3e10,
    card_bytes_written_today: 1e8,
    cpu_temp_c: 51.5,
    throttled: false,
    clock_synced: true,
    last_upload_at: ago(1),
    last_error: null,
    instance: null,
    ...change,
  };
}

/** A device that is well, but for what is said. */
export function deviceOf(slug: string, change: Partial<DeviceWithStatus> = {}): DeviceWithStatus {
  return {
    id: slug,
    slug,
    name: slug,
    user_id: null,
    time_zone: "UTC",
    expected_interval_s: 60,
    series: null,
    shot_type: null,
    paused_until: null,
    created_at: ago(99_999),
    retired_at: null,
    status: statusOf(),
    last_capture: {
      id: "c",
      bucket_id: "pilab-dev",
      object_path: `${slug}/a.jpg`,
      thumbnail_path: null,
      captured_at: ago(1),
      created_at: ago(1),
      brightness: 0.5,
      sharpness: 0.5,
    },
    last_arrival_at: ago(1),
    instance_changes: 0,
    state: "ok",
    read_at: ago(0),
    ...change,
  };
}

/** An alert. */
export function alertOf(change: Partial<AlertRow> = {}): AlertRow {
  return {
    id: "a",
    rule_id: "r",
    rule_key: "device_silent",
    severity: "critical",
    subject_type: "device",
    subject_id: "pi-2",
    title: "pi-2 has been silent for two hours: neither a heartbeat nor a picture since 10:00",
    detail: {},
    state: "open",
    held: false,
    opened_at: ago(110),
    last_seen_at: ago(0),
    acknowledged_at: null,
    acknowledged_by: null,
    silenced_until: null,
    silenced_by: null,
    resolved_at: null,
    resolved_because: null,
    ...change,
  };
}

/** A capture. */
export function captureOf(change: Partial<CaptureTile> = {}): CaptureTile {
  return {
    id: "c",
    bucket_id: "pilab-dev",
    object_path: "pi-1/a.jpg",
    thumbnail_path: null,
    file_name: "IMG_0001.JPG",
    content_type: "image/jpeg",
    size_bytes: 1_500_000,
    device_id: "pi-1",
    series: "tomatoes 2026",
    shot_type: "timelapse",
    captured_at: ago(1),
    captured_at_trusted: true,
    created_at: ago(1),
    width: 4056,
    height: 3040,
    brightness: 0.5,
    sharpness: 0.25,
    contrast: null,
    is_public: false,
    pinned_at: null,
    repeat_count: 0,
    deleted_at: null,
    delete_reason: null,
    ...change,
  };
}

/** A lab with something of everything. */
export function labOf(
  change: Partial<Omit<Lab, "overview">> & { overview?: Partial<Lab["overview"]> } = {},
): Lab {
  return {
    alerts: [alertOf(), alertOf({ id: "b", severity: "warning", title: "pi-3's clock is not set" })],
    captures: [captureOf(), captureOf({ id: "d", device_id: "greenhouse-north-window", series: null })],
    ...change,
    overview: {
      read_at: ago(0),
      usage,
      growth: { files_per_day: 17_280, bytes_per_day: 2.1e10, purged_bytes_per_day: 3e9 },
      uploads: Array.from({ length: 24 }, (_, hour) => ({
        at: ago((23 - hour) * 60),
        ok: hour * 10,
        failed: hour === 5 ? 2 : 0,
        duplicate: 1,
        bytes: hour * 1e7,
      })),
      alerts: { critical: 1, warning: 1, info: 0, acknowledged: 0 },
      workers: [
        {
          name: "retention",
          host: "lab",
          version: "0.1.0",
          started_at: ago(999),
          tick_at: ago(0.5),
          schedule: null,
          last_error: null,
          channels: {},
        },
      ],
      devices: [
        deviceOf("pi-1"),
        deviceOf("pi-2", { state: "silent", status: statusOf({ reported_at: ago(120) }) }),
        deviceOf("pi-3", { status: statusOf({ clock_synced: false, throttled: true }) }),
        deviceOf("pi-4", { state: "late" }),
        deviceOf("greenhouse-north-window", { state: "never", status: null, last_capture: null }),
        deviceOf("pi-old", { state: "retired" }),
        deviceOf("pi-6", { state: "paused" }),
      ],
      success_rate: 0.9993,
      full_at: ago(-60 * 24 * 45),
      ...change.overview,
    },
  };
}
