import { spawnSync } from "node:child_process";
import type { MetricsSnapshot } from "@pilab/schema";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exposition } from "./exposition.ts";
import { prometheusMetrics } from "./prometheus-metrics.ts";

const id = (n: number) => `0190cafe-0000-4000-8000-00000000000${n}`;
const read_at = "2026-03-09T12:00:00+00:00";
const device = (n: number, change: object = {}) => ({
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
  ...change,
});
const status = {
  device_id: id(1),
  reported_at: "2026-03-09T11:59:30+00:00",
  agent_version: "0.1.0",
  state: "idle",
  queue_files: 3,
  queue_bytes: 3000,
  oldest_queued_at: null,
  quarantined_files: 0,
  last_quarantine_reason: null,
  uplink_bytes_per_s: null,
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
const counts = { trashed_files: 2, trashed_bytes: 20, purging_files: 1, purging_bytes: 10 };
const snapshot: MetricsSnapshot = {
  read_at,
  devices: [
    device(1, { status, last_arrival_at: "2026-03-09T11:59:00+00:00" }),
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
const timings = [
  {
    route: "overview",
    outcome: "ok",
    buckets: [
      [0.1, 3],
      [1, 4],
    ] as const,
    sumSeconds: 1.5,
    count: 5,
  },
];
const text = prometheusMetrics(snapshot, { timings });

test.each([
  'pilab_storage_files_total{bucket="pilab-dev",device="pi-1"} 10',
  'pilab_storage_size_bytes{bucket="pilab-dev",device="pi-1"} 730',
  'pilab_captures_total{bucket="pilab-dev",device="pi-1"} 14',
  'pilab_uploads_total{device="pi-1"} 10',
  'pilab_uploads_success_total{device="pi-1"} 8',
  'pilab_uploads_failed_total{device="pi-1"} 2',
])("has the original's %s", (line) => {
  expect(text.split("\n")).toContain(line);
});

test.each([
  'pilab_storage_quota_bytes{bucket="pilab-dev"} 1000000000000',
  'pilab_purged_bytes_total{bucket="pilab-dev",device="pi-1"} 400',
  'pilab_device_state{device="pi-1",state="ok"} 1',
  'pilab_device_state{device="pi-1",state="silent"} 0',
  'pilab_device_heartbeat_age_seconds{device="pi-1"} 30',
  'pilab_device_arrival_age_seconds{device="pi-1"} 60',
  'pilab_device_queue_files{device="pi-1"} 3',
  'pilab_device_disk_free_bytes{device="pi-1"} 5000000000',
  'pilab_device_cpu_temperature_celsius{device="pi-1"} 51.5',
  'pilab_device_throttled{device="pi-1"} 0',
  'pilab_alerts{severity="critical",state="open"} 2',
  'pilab_alerts{severity="info",state="open"} 0',
  'pilab_retention_last_run_age_seconds{bucket="pilab-dev"} 36000',
  'pilab_retention_last_run_state{bucket="pilab-dev",state="partly_done"} 1',
  'pilab_worker_tick_age_seconds{worker="retention"} 60',
  'pilab_check_ok{check="audit_chain",subject=""} 0',
  'pilab_http_request_duration_seconds_bucket{route="overview",outcome="ok",le="+Inf"} 5',
])("has %s", (line) => {
  expect(text.split("\n")).toContain(line);
});

test("says nothing that a heartbeat did not say, and nothing of how a retired device is", () => {
  expect(text).not.toContain("pilab_device_uplink_bytes_per_second");
  expect(text).not.toMatch(/pilab_device_\w+\{device="pi-3"/);
  expect(text).toContain('pilab_storage_size_bytes{bucket="pilab-dev",device="pi-3"} 1000000000000030');
});

test("keeps any label on its line, to be read back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const [, , line, ...rest] = exposition([
        { name: "a", type: "gauge", help: "h", samples: [[{ l: value }, 1]] },
      ]).split("\n");
      expect(rest).toEqual([""]);
      const quoted = /^a\{l="(.*)"\} 1$/su.exec(line ?? "")?.[1] ?? "";
      const back = quoted.replace(/\\(.)/gsu, (_, c: string) => (c === "n" ? "\n" : c));
      expect(back).toBe(value);
    }),
  );
});

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

test.skipIf(!hasPromtool)("promtool finds nothing to say of it (needs Debian's package prometheus)", () => {
  const nasty = {
    ...snapshot,
    devices: [device(1, { slug: 'a"b\\c\nd', status }), ...snapshot.devices.slice(1)],
  };
  for (const input of [text, prometheusMetrics(nasty)]) {
    const {
      status: exit,
      stdout,
      stderr,
    } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
    expect({ exit, said: stdout + stderr }).toEqual({ exit: 0, said: "" });
  }
});
