import type { MetricsSnapshot } from "@pilab/schema";
import type { RequestTiming } from "./prometheus-metrics.ts";

// For the suites of this folder only.

const id = (n: number) => `0190cafe-0000-4000-8000-00000000000${n}`;
const read_at = "2026-03-09T12:00:00+00:00";
/** A device. */
export const device = (n: number, change: object = {}) => ({
  id: id(n),
  slug: `pi-${n}`,
  name: `Pi ${n}`,
  user_id: null,
  time_zone: "UTC",
  expected_interval_s: 60,
  series: null,
  shot_type: null,
  paused_until: null,
  created_at: "2026-01-01T00:00:00+00:00",
  retired_at: null,
  status: null,
  last_capture: null,
  last_arrival_at: null,
  instance_changes: 0,
  ...change,
});
/** A heartbeat that says everything. */
export const status = {
  device_id: id(1),
  reported_at: "2026-03-09T11:59:30+00:00",
  agent_version: "0.1.0",
  state: "idle",
  queue_files: 3,
  queue_bytes: 3000,
  oldest_queued_at: "2026-03-09T11:00:00+00:00",
  quarantined_files: 0,
  last_quarantine_reason: null,
  uplink_bytes_per_s: 1_000_000,
  disk_free_bytes: 5e9,
  disk_total_bytes: 3e10,
  card_bytes_written_today: null,
  cpu_temp_c: 51.5,
  throttled: false,
  clock_synced: true,
  last_upload_at: null,
  last_error: null,
  instance: null,
};
const last_capture = {
  id: id(9),
  bucket_id: "pilab-dev",
  object_path: "pi-1/a.jpg",
  thumbnail_path: null,
  captured_at: "2026-03-09T11:58:00+00:00",
  created_at: "2026-03-09T11:59:00+00:00",
  brightness: null,
  sharpness: null,
};
const counts = { trashed_files: 2, trashed_bytes: 20, purging_files: 1, purging_bytes: 10 };
/** A lab of which there is something of everything. */
export const EVERYTHING: MetricsSnapshot = {
  read_at,
  devices: [
    device(1, { status, last_capture, last_arrival_at: "2026-03-09T11:59:00+00:00" }),
    device(2),
    device(3, { retired_at: "2026-02-01T00:00:00+00:00" }),
  ],
  buckets: [
    {
      bucket_id: "pilab-dev",
      quota_bytes: 1e12,
      last_run: {
        state: "partly_done",
        created_at: "2026-03-09T02:00:00+00:00",
        finished_at: "2026-03-09T02:01:00+00:00",
        trashed_files: 5,
        purged_files: 4,
        purged_bytes: 400,
        failed_files: 1,
      },
    },
  ],
  storage: [
    {
      bucket_id: "pilab-dev",
      device_id: id(1),
      live_files: 7,
      live_bytes: 700,
      ...counts,
      purged_files: 4,
      purged_bytes: 400,
    },
    {
      bucket_id: "pilab-dev",
      device_id: id(3),
      live_files: 1,
      live_bytes: 1e15,
      ...counts,
      purged_files: 0,
      purged_bytes: 0,
    },
  ],
  uploads: [{ device_id: id(1), ok: 8, failed: 2, duplicate: 3, bytes: 800 }],
  alerts: [{ severity: "critical", state: "open", count: 2 }],
  workers: [
    {
      name: "retention",
      host: "lab",
      version: "0.1.0",
      started_at: null,
      tick_at: "2026-03-09T11:59:00+00:00",
      schedule: null,
      last_error: null,
      channels: {},
    },
  ],
  checks: [{ check_name: "audit_chain", subject_id: "", ok: false, found: 1, checked_at: read_at }],
};
/** What a process counted. */
export const TIMINGS: RequestTiming[] = [
  {
    route: "overview",
    outcome: "ok",
    buckets: [
      [0.1, 3],
      [1, 4],
    ],
    sumSeconds: 1.5,
    count: 5,
  },
];
