import { bytesText, countText } from "@pilab/storage-core";
import type { Monitor, MonitoredBucket, MonitoredDevice } from "./read-monitor.ts";
import { spanText, table } from "./table.ts";

const LISTED_MAX = 10;

/** The monitor's report for a person: what needs one first. */
export function describeMonitor(monitor: Monitor): string {
  const { alerts, buckets, devices, failed_runs, checks } = monitor;
  const sections = [
    section(`Alerts: ${alerts.length === 0 ? "none" : alerts.length}`, alertLines(monitor)),
    section("Worker and channels", workerLines(monitor)),
    ...buckets.map((bucket) => section(`Bucket ${bucket.bucket_id}`, bucketLines(bucket))),
    section("Uploads that came through", [`  ${successText(monitor.upload_success)}`]),
    section(`Devices: ${devices.length}`, deviceLines(devices, monitor.read_at)),
    section(
      "Checks",
      checks.length === 0
        ? ["  none has run yet"]
        : table(
            checks.map((check) => [
              check.check_name,
              check.subject_id,
              check.ok ? "ok" : `${check.found} wrong`,
              age(check.checked_at, monitor.read_at),
            ]),
          ),
    ),
    ...(failed_runs.length === 0
      ? []
      : [
          section(
            "Runs that failed",
            table(failed_runs.map((run) => [run.bucket_id, run.state, run.created_at.slice(0, 16), run.id])),
          ),
        ]),
  ];
  return `${sections.join("\n")}`;
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines, ""].join("\n");
}

function alertLines({ alerts, read_at }: Monitor): string[] {
  const marks = ({ state, silenced_until, held }: Monitor["alerts"][number]) =>
    [
      state === "acknowledged" && "acknowledged",
      silenced_until !== null &&
        Date.parse(silenced_until) > Date.parse(read_at) &&
        `silenced until ${silenced_until.slice(0, 16)}`,
      held && "its device is away",
    ].filter((mark) => mark !== false);
  return table(
    alerts.map((alert) => {
      const notes = marks(alert);
      return [
        alert.severity,
        age(alert.opened_at, read_at),
        alert.title + (notes.length > 0 ? ` (${notes.join(", ")})` : ""),
      ];
    }),
  );
}

function workerLines({ workers, channels, read_at }: Monitor): string[] {
  const alive = workers.filter((worker) => worker.alive);
  return [
    ...(alive.length === 0
      ? ["  No worker is alive: retention does not run, and nobody watches. Start: pilab-retention serve"]
      : alive.map(
          (worker) =>
            `  ${worker.name} on ${worker.host}, version ${worker.version}, ticked ${age(worker.tick_at, read_at)} ago, runs at "${worker.schedule ?? "no schedule"}"`,
        )),
    ...alive.flatMap(({ last_error }) =>
      last_error === null ? [] : [`  its last round failed: ${last_error}`],
    ),
    channels.length === 0
      ? "  No channel is on: nobody will be told of alerts. Set one up: docs/alerts.md"
      : `  Alerts are told on: ${channels.join(", ")}`,
    ...alive.flatMap((worker) =>
      channels
        .filter((name) => worker.channels[name] === false)
        .map((name) => `  ${name}: the worker does not have its secret`),
    ),
  ];
}

function bucketLines({
  quota_bytes,
  stored,
  live,
  trashed,
  growth,
  full_at,
  last_run,
  ...by
}: MonitoredBucket): string[] {
  const share =
    quota_bytes === null
      ? "no quota"
      : `${((stored.bytes / quota_bytes) * 100).toFixed(1)} % of ${bytesText(quota_bytes)}`;
  const run =
    last_run &&
    `${last_run.state}, ${last_run.created_at.slice(0, 16)}: ${countText(last_run.trashed_files, "capture")} to the trash, ${countText(last_run.purged_files)} purged`;
  return [
    ...table([
      ["stored", `${bytesText(stored.bytes)}, ${share}`],
      ["live", `${countText(live.files, "capture")}, ${bytesText(live.bytes)}`],
      ["trash", `${countText(trashed.files, "capture")}, ${bytesText(trashed.bytes)}`],
      ["a day", `+${bytesText(growth.bytes_per_day)}, -${bytesText(growth.purged_bytes_per_day)} purged`],
      ["full", full_at === null ? "not in sight" : full_at.slice(0, 10)],
      ["last run", run ?? "none yet"],
    ]),
    ...share10(
      "device",
      by.by_device.map(({ slug, bytes }) => [slug, bytes]),
    ),
    ...share10(
      "shot type",
      by.by_shot_type.map(({ shot_type, bytes }) => [shot_type ?? "(none)", bytes]),
    ),
    ...share10(
      "series",
      by.by_series.map(({ series, bytes }) => [series ?? "(none)", bytes]),
    ),
  ];
}

function share10(what: string, shares: readonly (readonly [string, number])[]): string[] {
  if (shares.length === 0) return [];
  const shown = shares.slice(0, LISTED_MAX).map(([name, bytes]) => `${name} ${bytesText(bytes)}`);
  return [
    `  by ${what}: ${shown.join(", ")}${shares.length > LISTED_MAX ? ` and ${shares.length - LISTED_MAX} more` : ""}`,
  ];
}

function successText({ hour, day, week }: Monitor["upload_success"]): string {
  const percent = (share: number | null) =>
    share === null ? "no uploads" : `${Math.floor(share * 1000) / 10} %`;
  return `last hours ${percent(hour)}, 24 h ${percent(day)}, 7 days ${percent(week)}`;
}

function deviceLines(devices: readonly MonitoredDevice[], readAt: string): string[] {
  if (devices.length === 0) return [];
  return table([
    ["device", "state", "seen", "last 24 h", "empty hours", "waiting", "sent in", "card full in"],
    ...devices.map(({ slug, state, seen_at, cadence, backlog }) => [
      slug,
      state,
      seen_at === null ? "-" : age(seen_at, readAt),
      cadence === null ? "-" : `${cadence.received} of ${cadence.expected}`,
      cadence === null ? "-" : String(cadence.empty_hours),
      backlog === null ? "-" : `${countText(backlog.files)}, ${bytesText(backlog.bytes)}`,
      backlog === null || backlog.files === 0
        ? "-"
        : backlog.sent_in_s === null
          ? "never at this rate"
          : spanText(backlog.sent_in_s),
      backlog?.full_in_s == null ? "-" : spanText(backlog.full_in_s),
    ]),
  ]);
}

function age(time: string, readAt: string): string {
  return spanText((Date.parse(readAt) - Date.parse(time)) / 1000);
}
