import type { MetricsSnapshot } from "@pilab/schema";
import { DEVICE_STATES } from "../fleet/device-state.ts";
import { type DeviceWithStatus, withStates } from "../fleet/devices-overview.ts";
import { exposition, type Family, type Sample } from "./exposition.ts";

/** How long a process took to answer, by route and outcome: a histogram's counts, each bound's with those below it. */
export interface RequestTiming {
  readonly route: string;
  readonly outcome: string;
  readonly buckets: readonly (readonly [upToSeconds: number, count: number])[];
  readonly sumSeconds: number;
  readonly count: number;
}

/**
 * The metrics of PiLab in Prometheus' text format, by docs/monitoring.md's names. Ages are by the server's clock. A
 * retired device keeps its storage and its counters, which must not fall, and has no state of its own any more.
 */
export function prometheusMetrics(
  snapshot: MetricsSnapshot,
  { timings = [] }: { timings?: readonly RequestTiming[] | undefined } = {},
): string {
  const slugs = new Map(snapshot.devices.map(({ id, slug }) => [id, slug]));
  const active = withStates(snapshot).filter(({ state }) => state !== "retired");
  return exposition([
    ...storageFamilies(snapshot, slugs),
    ...uploadFamilies(snapshot, slugs),
    ...deviceFamilies(active),
    ...watchFamilies(snapshot),
    requestFamily(timings),
  ]);
}

function storageFamilies({ storage, buckets }: MetricsSnapshot, slugs: Map<string, string>): Family[] {
  type Row = MetricsSnapshot["storage"][number];
  const each = (value: (row: Row) => number): Sample[] =>
    storage.map((row) => [
      { bucket: row.bucket_id, device: slugs.get(row.device_id) ?? row.device_id },
      value(row),
    ]);
  const stored = (r: Row) => r.live_files + r.trashed_files + r.purging_files;
  return [
    {
      // The original's name for what goes up and down.
      name: "pilab_storage_files_total",
      type: "untyped",
      help: "Captures that are stored now, in the trash or not.",
      samples: each(stored),
    },
    {
      name: "pilab_storage_size_bytes",
      type: "gauge",
      help: "Bytes that are stored now, thumbnails and trash included.",
      samples: each((r) => r.live_bytes + r.trashed_bytes + r.purging_bytes),
    },
    {
      name: "pilab_storage_quota_bytes",
      type: "gauge",
      help: "The bucket's quota; absent without one.",
      samples: buckets.flatMap(({ bucket_id, quota_bytes }): Sample[] =>
        quota_bytes === null ? [] : [[{ bucket: bucket_id }, quota_bytes]],
      ),
    },
    {
      name: "pilab_captures_total",
      type: "counter",
      help: "Captures that were ever catalogued, purged ones included.",
      samples: each((r) => stored(r) + r.purged_files),
    },
    {
      name: "pilab_trash_files",
      type: "gauge",
      help: "Captures in the trash.",
      samples: each((r) => r.trashed_files),
    },
    {
      name: "pilab_trash_size_bytes",
      type: "gauge",
      help: "Bytes in the trash.",
      samples: each((r) => r.trashed_bytes),
    },
    {
      name: "pilab_purged_files_total",
      type: "counter",
      help: "Captures that were purged for good.",
      samples: each((r) => r.purged_files),
    },
    {
      name: "pilab_purged_bytes_total",
      type: "counter",
      help: "Bytes that purges have freed.",
      samples: each((r) => r.purged_bytes),
    },
  ];
}

function uploadFamilies({ uploads }: MetricsSnapshot, slugs: Map<string, string>): Family[] {
  const counter = (name: string, help: string, value: (row: (typeof uploads)[number]) => number): Family => ({
    name,
    type: "counter",
    help,
    samples: uploads.map((row) => [{ device: slugs.get(row.device_id) ?? row.device_id }, value(row)]),
  });
  return [
    counter("pilab_uploads_total", "Upload attempts that ended, well or not.", (r) => r.ok + r.failed),
    counter("pilab_uploads_success_total", "Files uploaded, verified and catalogued.", (r) => r.ok),
    counter(
      "pilab_uploads_failed_total",
      "Upload attempts that failed; most are tried again.",
      (r) => r.failed,
    ),
    counter("pilab_uploads_duplicate_total", "Files that were stored already.", (r) => r.duplicate),
    counter("pilab_uploads_bytes_total", "Bytes of the files uploaded.", (r) => r.bytes),
  ];
}

function deviceFamilies(devices: readonly DeviceWithStatus[]): Family[] {
  const gauge = (
    name: string,
    help: string,
    value: (device: DeviceWithStatus) => number | boolean | null | undefined,
  ): Family => ({
    name: `pilab_device_${name}`,
    type: "gauge",
    help,
    // What a heartbeat does not say has no value, which is not 0.
    samples: devices.flatMap((device): Sample[] => {
      const found = value(device);
      return found == null ? [] : [[{ device: device.slug }, Number(found)]];
    }),
  });
  const age = (device: DeviceWithStatus, time: string | null | undefined) =>
    time == null ? null : secondsBetween(time, device.read_at);
  return [
    {
      name: "pilab_device_state",
      type: "gauge",
      help: "1 for the state that the device is in.",
      samples: devices.flatMap(({ slug, state: is }) =>
        DEVICE_STATES.filter((state) => state !== "retired").map(
          (state): Sample => [{ device: slug, state }, Number(state === is)],
        ),
      ),
    },
    gauge("heartbeat_age_seconds", "Since the agent's last heartbeat.", (d) => age(d, d.status?.reported_at)),
    gauge("arrival_age_seconds", "Since the server last received a capture.", (d) =>
      age(d, d.last_arrival_at),
    ),
    gauge("capture_age_seconds", "Since the newest capture was taken.", (d) =>
      age(d, d.last_capture?.captured_at),
    ),
    gauge("expected_interval_seconds", "A capture is due this often.", (d) => d.expected_interval_s),
    gauge("queue_files", "Files that wait to be uploaded.", (d) => d.status?.queue_files),
    gauge("queue_bytes", "Bytes that wait to be uploaded.", (d) => d.status?.queue_bytes),
    gauge("queue_age_seconds", "Since the oldest waiting file came.", (d) =>
      age(d, d.status?.oldest_queued_at),
    ),
    gauge("quarantined_files", "Files set aside for a person.", (d) => d.status?.quarantined_files),
    gauge("uplink_bytes_per_second", "As last measured.", (d) => d.status?.uplink_bytes_per_s),
    gauge("disk_free_bytes", "Free on the device's disk.", (d) => d.status?.disk_free_bytes),
    gauge("disk_size_bytes", "Size of the device's disk.", (d) => d.status?.disk_total_bytes),
    gauge("cpu_temperature_celsius", "Of the device's processor.", (d) => d.status?.cpu_temp_c),
    gauge("throttled", "1 when it slows down, for heat or a weak supply.", (d) => d.status?.throttled),
    gauge("clock_synced", "0 when its clock is not to be trusted.", (d) => d.status?.clock_synced),
  ];
}

const SEVERITIES = ["critical", "warning", "info"];

function watchFamilies({ alerts, buckets, workers, checks, read_at }: MetricsSnapshot): Family[] {
  const runs = buckets.flatMap(({ bucket_id, last_run }) => (last_run ? [{ bucket_id, ...last_run }] : []));
  const count = (severity: string, state: string) =>
    alerts.find((group) => group.severity === severity && group.state === state)?.count ?? 0;
  return [
    {
      name: "pilab_alerts",
      type: "gauge",
      help: "Alerts that are not resolved.",
      samples: SEVERITIES.flatMap((severity) =>
        ["open", "acknowledged"].map((state): Sample => [{ severity, state }, count(severity, state)]),
      ),
    },
    {
      name: "pilab_retention_last_run_age_seconds",
      type: "gauge",
      help: "Since the bucket's last real retention run began.",
      samples: runs.map((run) => [{ bucket: run.bucket_id }, secondsBetween(run.created_at, read_at)]),
    },
    {
      name: "pilab_retention_last_run_state",
      type: "gauge",
      help: "1 for the state that the bucket's last real retention run is in.",
      samples: runs.map((run) => [{ bucket: run.bucket_id, state: run.state }, 1]),
    },
    {
      name: "pilab_worker_tick_age_seconds",
      type: "gauge",
      help: "Since the worker last said that it is alive, which it does each minute.",
      samples: workers.map(({ name, tick_at }) => [{ worker: name }, secondsBetween(tick_at, read_at)]),
    },
    {
      name: "pilab_check_ok",
      type: "gauge",
      help: "0 when the worker's last check found something wrong.",
      samples: checks.map((check) => [checkLabels(check), Number(check.ok)]),
    },
    {
      name: "pilab_check_age_seconds",
      type: "gauge",
      help: "Since the worker's last check ended.",
      samples: checks.map((check) => [checkLabels(check), secondsBetween(check.checked_at, read_at)]),
    },
  ];
}

function checkLabels({ check_name, subject_id }: MetricsSnapshot["checks"][number]) {
  return { check: check_name, subject: subject_id };
}

function requestFamily(timings: readonly RequestTiming[]): Family {
  return {
    name: "pilab_http_request_duration_seconds",
    type: "histogram",
    help: "How long this process took to answer.",
    samples: timings.flatMap(({ route, outcome, buckets, sumSeconds, count }): Sample[] => [
      ...buckets.map(([le, below]): Sample => [{ route, outcome, le: String(le) }, below, "_bucket"]),
      [{ route, outcome, le: "+Inf" }, count, "_bucket"],
      [{ route, outcome }, sumSeconds, "_sum"],
      [{ route, outcome }, count, "_count"],
    ]),
  };
}

/** Not below 0: a capture's own time may be ahead of the server's. */
function secondsBetween(then: string, now: string): number {
  return Math.max(0, (Date.parse(now) - Date.parse(then)) / 1000);
}
