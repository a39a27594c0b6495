import { randomUUID } from "node:crypto";
import type { LabClient, TestDevice } from "../src/test-lab.ts";
import {
  type Caller,
  contentTypeOf,
  IMAGE,
  itemOf,
  LEASE,
  type MatrixLab,
  objectPath,
} from "./access-matrix.lab.ts";

/** Tries one action as one caller and says in the words of the expectations how it went. */
export type Probe = (caller: Caller) => Promise<string>;

type Row = Record<string, unknown>;

/** Reads from, writes to or deletes from a table. */
export function tableProbe(lab: MatrixLab, table: string, action: string): Probe {
  const [verb, column] = action.split(" ") as [string, string | undefined];
  const from = (client: LabClient) => client.from(table as "devices");
  const key = KEYS[table] ?? "id";
  if (verb === "select")
    return async ({ client, device }) => readWord(lab, table, await from(client).select("*"), device);
  if (verb === "insert")
    return async ({ client }) => {
      const [channel] = await lab.query("select id from public.alert_channels where name = 'lab'");
      return word(await from(client).insert(newRow(lab, table, column, channel?.id) as never));
    };
  if (verb === "update") {
    return async ({ client }) => {
      if (!column || !(column in VALUES)) throw new Error(`No value for ${table}.${column}`);
      const [victim] = await lab.query(
        `select * from public.${table} where ${VICTIMS[table] ?? "true"} limit 1`,
      );
      const call = from(client)
        .update({ [column as "name"]: VALUES[column] } as never)
        .eq(key as "id", victim?.[key] as string);
      return word(await call.select());
    };
  }
  return async ({ client }) => {
    const victim = DISPOSABLE[table];
    const id = victim
      ? (await lab.query(victim, table === "capture_batches" ? [lab.pi.id] : [`of-${randomUUID()}`]))[0]?.[
          key
        ]
      : undefined;
    const call = from(client).delete();
    return word(
      await (id === undefined ? call.not(key, "is", null) : call.eq(key as "id", id as string)).select(),
    );
  };
}

/** Rows read, as a word: compared with what the owner sees. */
async function readWord(lab: MatrixLab, table: string, answer: Answer, device?: TestDevice): Promise<string> {
  const refused = word(answer);
  if (refused !== "yes") return refused;
  const everything = await lab.query(`select to_jsonb(t) as row from public.${table} t`);
  const rows = everything.map(({ row }) => row as Row);
  const isOwn = (row: Row) => device !== undefined && (row.device_id ?? row.id) === device.id;
  const isPublic = (row: Row) => table === "captures" && row.is_public === true && row.deleted_at === null;
  const ids = (some: Row[]) =>
    some
      .map((row) =>
        JSON.stringify([row.id ?? row.name ?? row.bucket_id, row.device_id, row.day, row.hour && "h"]),
      )
      .sort();
  const seen = ids(answer.data as Row[]).join();
  const ofKinds = (...kinds: string[]) => rows.filter((row) => kinds.includes(String(row.kind)));
  const sets = {
    all: rows,
    preview: ofKinds("preview"),
    "preview+run": ofKinds("preview", "run"),
    own: rows.filter(isOwn),
    public: rows.filter(isPublic),
    "own+public": rows.filter((row) => isOwn(row) || isPublic(row)),
  };
  return Object.entries(sets).find(([, set]) => ids(set).join() === seen)?.[0] ?? `some: ${seen}`;
}

/** Calls a function. */
export function functionProbe({ pi, query }: MatrixLab, name: string, action: string): Probe {
  return async ({ client, device }) => {
    // Which no later probe looks at.
    const trashed = await query("select id from public.captures where object_path = 'pi-1/trashed.jpg'");
    const ids = trashed.map(({ id }) => id);
    const target = action.startsWith("for pi-1") ? pi : (device ?? pi);
    const forDevice = action.startsWith("for pi-1") ? { for_device_id: pi.id } : {};
    const privatePath = `${target.slug}/private.jpg`;
    const args: Record<string, Row> = {
      log_captures: { captures: [itemOf(privatePath)], ...forDevice },
      known_captures: { bucket_id: "pilab-dev", hashes: [itemOf(privatePath).sha256], ...forDevice },
      report_uploads: { journal_id: randomUUID(), seq: 1, totals: { ok: 1 }, ...forDevice },
      report_device_status: { status: { state: "idle" }, ...forDevice },
      storage_usage: { bucket_id: "pilab-dev" },
      fleet_overview: { bucket_id: "pilab-dev" },
      device_overview: {},
      metrics_snapshot: {},
      usage_daily: { bucket_id: "pilab-dev", since: "2026-01-01" },
      upload_stats: { since: new Date().toISOString() },
      capture_cadence: {
        since: "2026-01-01T00:00:00Z",
        until: "2026-01-02T00:00:00Z",
        bucket_minutes: 60,
        for_device_id: pi.id,
      },
      stored_objects: { bucket_id: "pilab-dev", object_paths: ["pi-1/private.jpg"] },
      acquire_lease: { name: randomUUID(), holder: "probe", ttl_s: 60 },
      renew_lease: { ...LEASE, ttl_s: 3600 },
      release_lease: { name: "of nobody", lease_token: 1 },
      begin_purge: { bucket_id: "pilab-dev", ids, lease_token: LEASE.lease_token },
      retention_run_counts: { run_id: randomUUID() },
      captures_to_check: { bucket_id: "pilab-dev" },
      record_account_change: { account_id: randomUUID(), change: "removed" },
      record_password_change: {},
      record_checks: { bucket_id: "pilab-dev", checks: [] },
      compare_catalogue: { bucket_id: "pilab-dev" },
      compare_thumbnails: { bucket_id: "pilab-dev" },
      take_in_unknown: { item: itemOf(privatePath) },
      recount_captures: { bucket_id: "pilab-dev", device_id: pi.id },
      seal_audit_log: { max_rows: 1 },
      acknowledge_alerts: { ids: await idsOfAlerts(query, "disk_low") },
      silence_alerts: { ids: await idsOfAlerts(query, "device_silent"), until: new Date().toISOString() },
      alert_inputs: {},
      apply_alert_round: { round: { number: -1 } },
      claim_alert_deliveries: { lease_s: 0 },
      prune_history: {},
      verify_audit_seals: {},
      audit_lines: {},
      set_capture_fields: { ids, fields: { series: "s" } },
    };
    const answer = await client.rpc(name as "storage_usage", (args[name] ?? { ids }) as never);
    // The service key must name a device: 22023 says so.
    return answer.error?.code === "22023" ? "-" : word(answer as Answer);
  };
}

/** Of a rule, opened again where a probe before has marked them. */
async function idsOfAlerts(query: MatrixLab["query"], rule: string): Promise<unknown[]> {
  const rows = await query("update public.alerts set state = 'open' where rule_key = $1 returning id", [
    rule,
  ]);
  return rows.map(({ id }) => id);
}

/** Uploads, reads, lists, signs, moves or removes objects of a bucket. */
export function objectProbe(lab: MatrixLab, bucket: string, action: string): Probe {
  const contentType = contentTypeOf(bucket);
  const path = (name: string) => objectPath(bucket, name);
  const fresh = (folder: string) => path(`${folder}${randomUUID()}.jpg`);
  const [, verb, visibility, slug] = /^(\w+).*?(?:(private|public) of (\S+))?$/.exec(action) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const named = path(`${slug}/${visibility}.jpg`);
  return async ({ client }) => {
    const store = client.storage.from(bucket);
    switch (verb) {
      case "upload": {
        const folder = action.endsWith("the root") ? "" : action.slice("upload ".length);
        return objectWord(await store.upload(fresh(folder), IMAGE, { contentType }));
      }
      case "sign":
        return objectWord(
          visibility
            ? await store.createSignedUrl(named, 60)
            : await store.createSignedUploadUrl(fresh("pi-1/")),
        );
      case "download":
        return objectWord(await store.download(named));
      case "list": {
        const { data, error } = await store.list(slug, { search: "private" });
        return error ? objectWord({ data, error }) : data.length > 0 ? "yes" : "-";
      }
      case "overwrite":
        return objectWord(
          await store.upload(await lab.put(bucket, fresh("pi-1/")), IMAGE, { contentType, upsert: true }),
        );
      case "move":
        return objectWord(await store.move(await lab.put(bucket, fresh("pi-1/")), fresh("pi-1/")));
      case "remove": {
        const { data, error } = await store.remove([await lab.put(bucket, fresh("pi-1/"))]);
        return error ? objectWord({ data, error }) : data.length > 0 ? "yes" : "-";
      }
      default:
        throw new Error(`No probe for ${action}`);
    }
  };
}

function newRow({ pi }: MatrixLab, table: string, kind: string | undefined, channelId: unknown): Row {
  const rows: Record<string, Row> = {
    captures: { ...itemOf(`pi-1/${randomUUID()}.jpg`), device_id: pi.id },
    devices: { slug: randomUUID(), name: "new" },
    bucket_settings: { bucket_id: randomUUID() },
    device_status: { device_id: pi.id, reported_at: "2026-01-01T00:00:00Z" },
    retention_policies: { series: randomUUID(), keep_days: 30 },
    retention_runs: { bucket_id: "pilab-dev" },
    worker_requests: { kind },
    capture_checks: { capture_id: randomUUID(), bucket_id: "pilab-dev", outcome: "ok" },
    scrubs: { bucket_id: "pilab-dev", day: "2026-01-01" },
    audit_seals: {
      id: 99,
      first_id: 1,
      last_id: 1,
      row_count: 1,
      rows_digest: "",
      digest: "",
      created_at: "2026-01-01T00:00:00Z",
    },
    worker_status: { name: randomUUID() },
    check_results: { check_name: "orphans", subject_id: randomUUID(), ok: true },
    alert_rules: { key: "new", severity: "info" },
    alerts: { rule_key: "new", severity: "info", subject_type: "device", title: "new" },
    alert_channels: { name: randomUUID(), kind: "slack" },
    alert_deliveries: { channel_id: channelId, group_key: "test", message: {} },
    leases: { name: randomUUID(), holder: "x", lease_token: 1, expires_at: "2026-01-01T00:00:00Z" },
    storage_audit_log: { action: "a.b", object_type: "x", actor_claimed: false },
  };
  return rows[table] ?? { device_id: pi.id };
}

// Where a table has no id.
const KEYS: Record<string, string> = {
  bucket_settings: "bucket_id",
  device_status: "device_id",
  device_status_hourly: "device_id",
  worker_status: "name",
  check_results: "check_name",
  leases: "name",
  capture_checks: "capture_id",
  scrubs: "bucket_id",
  capture_stats_daily: "device_id",
  capture_totals: "device_id",
  upload_totals: "device_id",
  upload_stats_hourly: "device_id",
};
// The row that updates are tried on, where not any one: no caller's own account must be taken from it.
const VICTIMS: Record<string, string> = {
  devices: "slug = 'pi-old'",
  captures: "object_path = 'pi-1/private.jpg'",
  alert_channels: "name = 'lab'",
};
// Rows to be deleted, in tables from which somebody may.
const DISPOSABLE: Record<string, string> = {
  bucket_settings: "insert into public.bucket_settings (bucket_id) values ($1) returning bucket_id",
  retention_policies:
    "insert into public.retention_policies (series, keep_days) values ($1, 30) returning id",
  retention_runs:
    "insert into public.retention_runs (bucket_id, worker) values ('pilab-dev', $1) returning id",
  worker_requests: "insert into public.worker_requests (kind, worker) values ('preview', $1) returning id",
  worker_status: "insert into public.worker_status (name) values ($1) returning name",
  check_results:
    "insert into public.check_results (check_name, subject_id, ok) values ('audit_chain', $1, true) returning check_name",
  alert_channels: "insert into public.alert_channels (name, kind) values ($1, 'slack') returning id",
  capture_batches:
    "insert into public.capture_batches (device_id, created_count, repeated_count, restored_count, bytes) values ($1, 0, 0, 0, 0) returning id",
};
const VALUES: Record<string, unknown> = {
  name: "Renamed",
  time_zone: "Europe/London",
  expected_interval_s: 7,
  series: "s",
  retired_at: "2026-01-01T00:00:00Z",
  user_id: null,
  state: "idle",
  quota_bytes: 1e9,
  action: "a.b",
  slug: "renamed",
  deleted_at: null,
  sha256: "0".repeat(64),
  created_at: "2026-01-01T00:00:00Z",
  bytes: 1,
  live_files: 1,
  keep_days: 9,
  digest: "0".repeat(64),
  cursor: {},
  error: "x",
  requested_by: null,
  reports: 9,
  host: "x",
  found: 1,
  severity: "info",
  key: "x",
  title: "x",
  min_severity: "info",
  kind: "ntfy",
  last_error: "x",
  message: {},
  holder: "x",
  ok: 1,
  detail: "x",
  day_bytes: 1,
};

interface Answer {
  data: unknown;
  error: { code: string; message: string } | null;
}

function word({ data, error }: Answer): string {
  if (!error) return Array.isArray(data) && data.length === 0 ? "none" : "yes";
  if (error.code === "42501") return "-";
  return /^PGRST30\d$/.test(error.code) ? "refused" : `${error.code} ${error.message}`;
}

function objectWord({ error }: { data: unknown; error: { message: string } | null }): string {
  if (!error) return "yes";
  const { message, statusCode } = error as { message: string; statusCode?: string };
  if (/jws|jwt|signature|"exp"|"alg"/i.test(message)) return "refused";
  return statusCode === "403" || statusCode === "404" ? "-" : `${statusCode} ${message}`;
}
