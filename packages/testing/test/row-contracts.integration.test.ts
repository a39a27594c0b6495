import { randomUUID } from "node:crypto";
import {
  type AlertMessage,
  acquiredLease,
  alertChannelRow,
  alertDeliveryRow,
  alertRow,
  alertRuleRow,
  auditLine,
  auditRow,
  auditSealRow,
  auditVerification,
  bucketSettingsRow,
  captureBatchRow,
  captureCheckRow,
  captureFields,
  captureRow,
  captureStatsRow,
  capturesToCheck,
  captureToLog,
  captureTotalsRow,
  changedCapture,
  checkResultRow,
  comparedPage,
  deviceRow,
  deviceStatusHourlyRow,
  deviceStatusRow,
  knownCapture,
  leaseRow,
  loggedCapture,
  newAlertChannel,
  newRetentionPolicy,
  purgedCapture,
  recordedChecks,
  recounted,
  retentionLease,
  retentionPolicyRow,
  retentionRunRow,
  runCounts,
  scrubRow,
  storageUsage,
  takenIn,
  uploadStatsRow,
  uploadTotalsRow,
  workerRequestRow,
  workerStatusRow,
} from "@pilab/schema";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestSupabase, type TestSupabase } from "../src/index.ts";

// The zod contracts against what a real server answers: timestamps, bigints, jsonb and nulls as PostgREST writes them.

let supabase: TestSupabase;
let client: ReturnType<typeof createClient>;
let deviceId: string;
const sha256 = "ab".repeat(32);
const item = captureToLog.parse({
  bucket_id: "pilab-dev",
  object_path: "pi-1/2026/01/02/030405-abababababab.jpg",
  file_name: "a.jpg",
  sha256,
  size_bytes: 4,
  content_type: "image/jpeg",
  series: "moss",
  shot_type: null,
  captured_at: "2026-01-02T03:04:05.678Z",
  captured_at_source: "exif",
  captured_at_trusted: true,
  clock_offset_ms: -12,
  width: 4056,
  height: 3040,
  brightness: 0.4,
  sharpness: null,
  contrast: 1,
  measures_source: "pilab",
  measures_version: "1",
  exif: { make: "Raspberry Pi" },
  metadata: {},
  thumbnail_path: null,
});

async function rpc(name: string, args: Record<string, unknown>): Promise<unknown> {
  const { data, error } = await client.rpc(name, args as never);
  if (error) throw error;
  return data;
}

/** A round of the worker's that opens an alert and tells of it. */
async function openAlert(): Promise<void> {
  const { data } = await client.from("alert_channels").select("id").throwOnError();
  const channel_id = (data as unknown as { id: string }[])[0]?.id;
  const [id, severity, rule_key] = [randomUUID(), "critical", "device_silent"] as const;
  const subject = { subject_type: "device", subject_id: deviceId };
  const opened = [{ id, rule_key, severity, ...subject, title: "Pi 1 is silent", detail: {} }];
  const counts = { opened: 1, rose: 0, resolved: 0, still: 0 };
  const message: AlertMessage = {
    title: "Pi 1 is silent",
    severity,
    status: "firing",
    rule_key,
    alerts: [],
    more: 0,
    counts,
  };
  const messages = [{ channel_id, kind: "alert", group_key: rule_key, message }];
  const lists = { resolved: [], changed: [], counters: [], groups: [] };
  expect(await rpc("apply_alert_round", { round: { number: 0, opened, messages, ...lists } })).toBe(true);
}

beforeAll(async () => {
  supabase = await startTestSupabase();
  client = createClient(supabase.url, supabase.serviceRoleKey, { auth: { persistSession: false } });
  const made = await client
    .from("devices")
    .insert({ slug: "pi-1", name: "Pi 1" } as never)
    .select("id")
    .single();
  if (made.error) throw made.error;
  deviceId = (made.data as { id: string }).id;
  const stored = await client.storage
    .from("pilab-dev")
    .upload(item.object_path, Buffer.from("jpeg"), { contentType: "image/jpeg" });
  if (stored.error) throw stored.error;
}, 60_000);
afterAll(() => supabase.stop());

test("log_captures and known_captures answer as loggedCapture and knownCapture say", async () => {
  const refused = { ...item, sha256: "cd".repeat(32), object_path: "pi-2/x.jpg" };
  const logged = await rpc("log_captures", { captures: [item, refused], for_device_id: deviceId });
  expect(loggedCapture.array().parse(logged)).toMatchObject([
    { position: 0, outcome: "created", sha256 },
    { position: 1, outcome: "refused", reason: "foreign_folder", id: null },
  ]);
  const hashes = [sha256, "ef".repeat(32)];
  const known = await rpc("known_captures", { bucket_id: "pilab-dev", hashes, for_device_id: deviceId });
  expect(
    knownCapture
      .array()
      .parse(known)
      .map(({ state }) => state)
      .sort(),
  ).toEqual(["stored", "unknown"]);
});

test("the functions that change captures answer as changedCapture says", async () => {
  const { data } = await client.from("captures").select("id").throwOnError();
  const ids = [(data as unknown as { id: string }[])[0]?.id, deviceId];
  for (const [name, args] of [
    ["pin_captures", {}],
    ["unpin_captures", {}],
    ["set_capture_fields", { fields: captureFields.parse({ metadata: { plate: 7 } }) }],
  ] as const) {
    const answer = changedCapture.array().parse(await rpc(name, { ids, ...args }));
    expect(answer.map(({ outcome, reason }) => reason ?? outcome).sort(), name).toEqual([
      "changed",
      "not_found",
    ]);
  }
});

test("leases and the purge answer as acquiredLease and purgedCapture say", async () => {
  const lease = { name: retentionLease("pilab-dev"), holder: "a", ttl_s: 60 };
  const [held] = acquiredLease.array().parse(await rpc("acquire_lease", lease));
  expect(held).toMatchObject({ acquired: true, lease_token: 1 });
  expect(acquiredLease.array().parse(await rpc("acquire_lease", lease))).toMatchObject([{ acquired: false }]);
  const purge = { bucket_id: "pilab-dev", ids: [deviceId], lease_token: held?.lease_token };
  for (const answer of [await rpc("begin_purge", purge), await rpc("finish_purge", { ids: [deviceId] })])
    expect(purgedCapture.array().parse(answer)).toMatchObject([{ reason: "not_found", bytes: null }]);
  expect(runCounts.array().parse(await rpc("retention_run_counts", { run_id: deviceId }))).toMatchObject([
    { trashed_files: 0, purged_bytes: 0 },
  ]);
});

test("the seals of the audit log answer as auditSealRow, auditLine and auditVerification say", async () => {
  expect(auditVerification.parse(await rpc("verify_audit_seals", {}))).toMatchObject({ head: null });
  const [seal] = auditSealRow
    .strict()
    .array()
    .parse(await rpc("seal_audit_log", {}));
  const lines = auditLine.array().parse(await rpc("audit_lines", {}));
  expect(lines[0]?.seal_id).toBe(1);
  const entry: unknown = JSON.parse(lines[0]?.line ?? "");
  expect(auditRow.strict().parse(entry)).toMatchObject({ id: lines[0]?.id });
  const verified = auditVerification.strict().parse(await rpc("verify_audit_seals", {}));
  expect(verified).toMatchObject({ seals: 1, head: { digest: seal?.digest }, broken: null, more: false });
});

test("what reconcile and scrub ask is answered as their contracts say", async () => {
  const bucket_id = "pilab-dev";
  expect(comparedPage.parse(await rpc("compare_catalogue", { bucket_id }))).toEqual({
    ...{ through: null, objects: 1, rows: 1, young: 0, faults: [] },
  });
  expect(comparedPage.parse(await rpc("compare_thumbnails", { bucket_id }))).toMatchObject({ objects: 0 });
  const { captures } = capturesToCheck.parse(await rpc("captures_to_check", { bucket_id, sample: 1 }));
  const checks = captures.map(({ id, object_path }) => ({
    id,
    object_path,
    outcome: "unreadable",
    bytes: 4,
  }));
  const recorded = recordedChecks
    .strict()
    .parse(await rpc("record_checks", { bucket_id, checks, through: captures[0] }));
  expect(recorded).toMatchObject({ unreadable: 1, bytes: 4 });
  expect(recounted.parse(await rpc("recount_captures", { bucket_id, device_id: deviceId }))).toEqual({
    ...{ drift: [], next_day: null, totals_drift: [] },
  });
  expect(takenIn.array().parse(await rpc("take_in_unknown", { item }))).toMatchObject([
    { outcome: "refused", reason: "path_taken" },
  ]);
});

test("storage_usage answers as storageUsage says", async () => {
  const usage = storageUsage.parse(await rpc("storage_usage", { bucket_id: "pilab-dev" }));
  expect(usage.live).toEqual({ files: 1, bytes: 4 });
  expect(usage.by_day).toHaveLength(30);
});

test("every table's rows are as its contract says, with no column more", async () => {
  const status = { state: "uploading", queue_files: 3, cpu_temp_c: 51.5, clock_synced: true };
  await rpc("report_device_status", { status, for_device_id: deviceId });
  const totals = { ok: 1, failed: 0, duplicate: 0, bytes: 4 };
  await rpc("report_uploads", { journal_id: deviceId, seq: 1, totals, for_device_id: deviceId });
  for (const [table, row] of Object.entries({
    retention_policies: newRetentionPolicy.parse({ series: "moss", keep_days: 30 }),
    retention_runs: { bucket_id: "pilab-dev", state: "planned" },
    worker_requests: { kind: "preview", args: {} },
    worker_status: { name: "retention", channels: { lab: true } },
    check_results: { check_name: "scrub", subject_id: "pilab-dev", ok: true },
    alert_channels: newAlertChannel.parse({ name: "lab", kind: "slack", secret_env: "ALERT_SLACK_URL" }),
  })) {
    expect((await client.from(table).insert(row as never)).error, table).toBeNull();
  }
  await openAlert();
  const tables = {
    alert_channels: alertChannelRow,
    alert_deliveries: alertDeliveryRow,
    alert_rules: alertRuleRow,
    alerts: alertRow,
    check_results: checkResultRow,
    device_status_hourly: deviceStatusHourlyRow,
    worker_status: workerStatusRow,
    captures: captureRow,
    capture_batches: captureBatchRow,
    capture_checks: captureCheckRow,
    capture_stats_daily: captureStatsRow,
    capture_totals: captureTotalsRow,
    devices: deviceRow,
    device_status: deviceStatusRow,
    storage_audit_log: auditRow,
    upload_stats_hourly: uploadStatsRow,
    upload_totals: uploadTotalsRow,
    audit_seals: auditSealRow,
    bucket_settings: bucketSettingsRow,
    leases: leaseRow,
    retention_policies: retentionPolicyRow,
    retention_runs: retentionRunRow,
    scrubs: scrubRow,
    worker_requests: workerRequestRow,
  };
  for (const [table, contract] of Object.entries(tables)) {
    const { data, error } = await client.from(table).select();
    expect(error, table).toBeNull();
    expect(data, table).not.toHaveLength(0);
    expect(contract.strict().array().safeParse(data).error, table).toBeUndefined();
  }
});
