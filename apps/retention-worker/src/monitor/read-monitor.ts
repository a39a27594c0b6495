import type { AlertRow, CheckResultRow, RetentionRunRow, UploadStep } from "@pilab/schema";
import {
  type DeviceWithStatus,
  forecastBacklog,
  type Overview,
  type PilabClient,
  successRate,
  type WorkerState,
} from "@pilab/storage-core";

/** A device as the monitor tells of it. */
export interface MonitoredDevice {
  readonly slug: string;
  readonly name: string;
  readonly state: DeviceWithStatus["state"];
  /** The last heartbeat or capture. */
  readonly seen_at: string | null;
  /** Of the last 24 whole hours; null: nothing is expected, or it is paused. */
  readonly cadence: {
    readonly received: number;
    readonly expected: number;
    readonly empty_hours: number;
  } | null;
  /** What waits on its card; null: it does not say. Seconds are null when not in sight. */
  readonly backlog: {
    readonly files: number;
    readonly bytes: number;
    readonly sent_in_s: number | null;
    readonly full_in_s: number | null;
  } | null;
}

/** A bucket as the monitor tells of it. */
export interface MonitoredBucket
  extends Pick<
    Overview["usage"],
    "bucket_id" | "quota_bytes" | "live" | "trashed" | "stored" | "by_device" | "by_shot_type" | "by_series"
  > {
  readonly growth: Overview["growth"];
  /** If it goes on like the last week. */
  readonly full_at: string | null;
  /** The newest that was no dry run. */
  readonly last_run: Pick<
    RetentionRunRow,
    "id" | "state" | "created_at" | "trashed_files" | "purged_files" | "failed_files"
  > | null;
}

/** How the lab is: all that `pilab-retention status` tells. */
export interface Monitor {
  readonly read_at: string;
  readonly buckets: MonitoredBucket[];
  /** Share of uploads that came through; null: there were none. */
  readonly upload_success: {
    readonly hour: number | null;
    readonly day: number | null;
    readonly week: number | null;
  };
  readonly devices: MonitoredDevice[];
  readonly failed_runs: Pick<RetentionRunRow, "id" | "bucket_id" | "state" | "created_at">[];
  readonly checks: CheckResultRow[];
  readonly alerts: Pick<
    AlertRow,
    "id" | "severity" | "state" | "title" | "opened_at" | "silenced_until" | "held"
  >[];
  readonly workers: WorkerState[];
  /** Channels that are on. None: nobody is told. */
  readonly channels: string[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ASKED_AT_ONCE = 4;

/** Reads all of it. From counters and last values: the cost grows with devices, not with captures. */
export async function readMonitor(client: PilabClient, signal: AbortSignal): Promise<Monitor> {
  const settings = await client.retention.buckets(signal);
  const overviews = await Promise.all(
    settings.map(async ({ bucket_id: bucket }) => ({
      overview: await client.fleet.overview({ bucket, signal }),
      runs: (await client.retention.runs.list({ bucket, limit: 20, signal })).runs,
    })),
  );
  const devices = overviews[0]?.overview.devices ?? (await client.devices.list(signal));
  const now = new Date(overviews[0]?.overview.read_at ?? devices[0]?.read_at ?? Date.now());
  const [steps, checks, alerts, workers, channels] = await Promise.all([
    client.uploads.stats({ since: new Date(now.getTime() - 7 * DAY_MS), signal }),
    client.checks.list(signal),
    client.alerts.list({ state: "unresolved", limit: 1000, signal }),
    client.workers.status(signal),
    client.alerts.channels.list(signal),
  ]);
  return {
    read_at: now.toISOString(),
    buckets: overviews.map(({ overview, runs }) => bucketOf(overview, runs)),
    upload_success: successOf(steps, now),
    devices: await inTurn(
      devices.filter(({ retired_at }) => retired_at === null),
      (device) => deviceOf(client, device, { now, signal }),
    ),
    failed_runs: overviews
      .flatMap(({ runs }) => runs)
      .filter(
        ({ state, failed_files }) => state === "failed" || (state === "partly_done" && failed_files > 0),
      )
      .map(({ id, bucket_id, state, created_at }) => ({ id, bucket_id, state, created_at })),
    checks,
    alerts: alerts.alerts.map(({ id, severity, state, title, opened_at, silenced_until, held }) => {
      return { id, severity, state, title, opened_at, silenced_until, held };
    }),
    workers,
    channels: channels.filter(({ enabled }) => enabled).map(({ name }) => name),
  };
}

function bucketOf({ usage, growth, full_at }: Overview, runs: readonly RetentionRunRow[]): MonitoredBucket {
  const { bucket_id, quota_bytes, live, trashed, stored, by_device, by_shot_type, by_series } = usage;
  const run = runs.find(({ dry_run }) => !dry_run);
  const last_run = run && {
    ...{ id: run.id, state: run.state, created_at: run.created_at },
    ...{ trashed_files: run.trashed_files, purged_files: run.purged_files, failed_files: run.failed_files },
  };
  return {
    bucket_id,
    quota_bytes,
    live,
    trashed,
    stored,
    by_device,
    by_shot_type,
    by_series,
    growth,
    full_at,
    last_run: last_run ?? null,
  };
}

function successOf(steps: readonly UploadStep[], now: Date): Monitor["upload_success"] {
  const since = (ms: number) => successRate(steps.filter(({ at }) => Date.parse(at) > now.getTime() - ms));
  // The hour that runs may have seen no report yet: the last two tell of one at least.
  return { hour: since(2 * HOUR_MS), day: since(DAY_MS), week: successRate(steps) };
}

type Asked = { readonly now: Date; readonly signal: AbortSignal };

async function deviceOf(
  client: PilabClient,
  device: DeviceWithStatus,
  asked: Asked,
): Promise<MonitoredDevice> {
  const { slug, name, state, status, last_arrival_at } = device;
  const signs = [status?.reported_at, last_arrival_at].filter((time) => time != null);
  return {
    ...{ slug, name, state },
    seen_at: signs.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? null,
    cadence: await cadenceOf(client, device, asked),
    backlog: await backlogOf(client, device, asked),
  };
}

/** What arrived against what was expected, in 24 whole hours. */
async function cadenceOf(
  client: PilabClient,
  { id, expected_interval_s: interval, state, created_at }: DeviceWithStatus,
  { now, signal }: Asked,
): Promise<MonitoredDevice["cadence"]> {
  if (interval === null || state === "paused") return null;
  const untilMs = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS;
  const sinceMs = Math.max(untilMs - DAY_MS, Math.ceil(Date.parse(created_at) / HOUR_MS) * HOUR_MS);
  if (sinceMs >= untilMs) return null;
  const { devices } = await client.captures.cadence({
    device: id,
    since: new Date(sinceMs),
    until: new Date(untilMs),
    signal,
  });
  const received = devices[0]?.received ?? [];
  const hours = (untilMs - sinceMs) / HOUR_MS;
  return {
    received: received.reduce((sum, count) => sum + count, 0),
    expected: Math.floor((hours * 3600) / interval),
    // With less than a frame an hour an hour without one is no gap.
    empty_hours: interval > 3600 ? 0 : hours - received.filter((count) => count > 0).length,
  };
}

async function backlogOf(
  client: PilabClient,
  { id, status }: DeviceWithStatus,
  { now, signal }: Asked,
): Promise<MonitoredDevice["backlog"]> {
  if (!status || status.queue_files === null || status.queue_bytes === null) return null;
  const backlog = { files: status.queue_files, bytes: status.queue_bytes };
  if (backlog.files === 0 || status.disk_free_bytes === null)
    return { ...backlog, sent_in_s: 0, full_in_s: null };
  const reportedAt = new Date(status.reported_at);
  const hours = await client.devices.history(id, { since: new Date(now.getTime() - 7 * HOUR_MS), signal });
  const past = hours.findLast(
    ({ reported_at }) => reportedAt.getTime() - Date.parse(reported_at) >= HOUR_MS / 2,
  );
  const { sentInMs, fullInMs } = forecastBacklog({
    reportedAt,
    queueBytes: status.queue_bytes,
    diskFreeBytes: status.disk_free_bytes,
    past:
      past?.queue_bytes == null
        ? null
        : { reportedAt: new Date(past.reported_at), queueBytes: past.queue_bytes },
    uplinkBytesPerS: status.uplink_bytes_per_s,
  });
  const seconds = (ms: number | null) => (ms === null ? null : Math.round(ms / 1000));
  return { ...backlog, sent_in_s: seconds(sentInMs), full_in_s: seconds(fullInMs) };
}

/** A few at a time: a lab may have hundreds. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += ASKED_AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + ASKED_AT_ONCE).map(work))));
  return results;
}
