import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { type Item, type LabClient, startTestLab, type TestDevice, type TestLab } from "../src/test-lab.ts";
import type { CallerName } from "./access-matrix.expectations.ts";

/** Who tries an action. */
export interface Caller {
  client: LabClient;
  device?: TestDevice;
}

/** A lab with rows and objects to reach for, and everyone who might. */
export interface MatrixLab extends TestLab {
  callers: Record<CallerName, Caller>;
  /** Tokens that prove nothing. */
  strangers: Record<string, Caller>;
  /** The device that the expectations call pi-1. */
  pi: TestDevice;
  /** Uploads an object with the service key and returns its path. */
  put(bucket: string, path: string): Promise<string>;
  /** As the database's owner. */
  query(text: string, params?: unknown[]): Promise<Record<string, unknown>[]>;
}

/** The lease that the lab holds. */
export const LEASE = { name: "retention:pilab-dev", lease_token: 1 };

/** What every object of the matrix holds. */
export const IMAGE = Buffer.from("an image, as far as Storage can tell");

/** Starts it: three devices, one of them retired, each with objects in every bucket and a row in every table. */
export async function startMatrixLab(): Promise<MatrixLab> {
  const lab = await startTestLab();
  await lab.service.storage.createBucket("elsewhere");
  const [first, second, old] = [
    await lab.addDevice("pi-1"),
    await lab.addDevice("pi-2"),
    await lab.addDevice("pi-old"),
  ];
  for (const device of [first, second, old]) await fill(lab, device);
  await lab.service
    .from("captures")
    .update({ is_public: true })
    .like("object_path", "%/public.jpg")
    .throwOnError();
  await lab.service
    .from("captures")
    .update({ is_public: true, deleted_at: now() })
    .eq("object_path", "pi-1/trashed.jpg")
    .throwOnError();
  await lab.service.from("devices").update({ retired_at: now() }).eq("id", old.id).throwOnError();
  await lab.service
    .rpc("acquire_lease", { name: LEASE.name, holder: "the matrix", ttl_s: 3600 })
    .throwOnError();
  for (const kind of ["preview", "run", "test_send", "verify"])
    await lab.service.from("worker_requests").insert({ kind }).throwOnError();
  await lab.service.from("retention_policies").insert({ series: "kept", keep_days: 30 }).throwOnError();
  await lab.service.from("retention_runs").insert({ bucket_id: "pilab-dev" }).throwOnError();
  await lab.service.from("worker_status").insert({ name: "retention" }).throwOnError();
  await lab.service.from("check_results").insert({ check_name: "scrub", ok: true }).throwOnError();
  await openAlerts(lab, first.id);
  const { data: some } = await lab.service.from("captures").select("id, object_path").limit(1).throwOnError();
  const checks = some.map((capture) => ({ ...capture, outcome: "ok", bytes: 1 }));
  await lab.service.rpc("record_checks", { bucket_id: "pilab-dev", checks, through: {} }).throwOnError();
  await lab.service.rpc("seal_audit_log").throwOnError();
  const callers = {
    anon: { client: lab.anon },
    none: { client: await lab.signIn(null) },
    viewer: { client: await lab.signIn("viewer") },
    operator: { client: await lab.signIn("operator") },
    admin: { client: await lab.signIn("admin") },
    device: { client: first.client, device: first },
    other: { client: second.client, device: second },
    retired: { client: old.client, device: old },
    service: { client: lab.service },
  };
  return {
    ...lab,
    callers,
    strangers: await makeStrangers(lab),
    pi: first,
    put: (bucket, path) => put(lab, bucket, path),
    query: async (text, params = []) =>
      (await lab.supabase.sql.transaction((tx) => tx.query(text, params))).rows,
  };
}

async function makeStrangers(lab: TestLab): Promise<Record<string, Caller>> {
  const claims = {
    aud: "authenticated",
    role: "authenticated",
    sub: randomUUID(),
    app_metadata: { pilab_role: "admin" },
  };
  const sign = (secret: string, expires: string, role = "authenticated") =>
    new SignJWT({ ...claims, role })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime(expires)
      .sign(Buffer.from(secret));
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    expired: { client: lab.withToken(await sign(lab.supabase.jwtSecret, "-1m")) },
    "expired service": { client: lab.withToken(await sign(lab.supabase.jwtSecret, "-1m", "service_role")) },
    forged: { client: lab.withToken(await sign("another secret of at least 32 characters", "1h")) },
    "forged service": {
      client: lab.withToken(await sign("another secret of at least 32 characters", "1h", "service_role")),
    },
    unsigned: { client: lab.withToken(`${part({ alg: "none" })}.${part({ ...claims, exp: 9e9 })}.`) },
  };
}

/** Two alerts about a device, and a channel that is being told. */
async function openAlerts(lab: TestLab, deviceId: string): Promise<void> {
  const { data } = await lab.service
    .from("alert_channels")
    .insert({ name: "lab", kind: "slack" })
    .select("id")
    .single()
    .throwOnError();
  const message = { channel_id: data.id, kind: "alert", group_key: "device_silent", message: {} };
  const opened = ["device_silent", "disk_low"].map((rule_key) => {
    return { rule_key, subject_type: "device", subject_id: deviceId };
  });
  const alert = { severity: "critical", title: "pi-1 is silent", detail: {} };
  const round = { number: 0, opened: opened.map((of) => ({ ...of, ...alert, id: randomUUID() })) };
  const lists = { resolved: [], changed: [], counters: [], groups: [], messages: [message] };
  await lab.service.rpc("apply_alert_round", { round: { ...round, ...lists } }).throwOnError();
}

/** Objects in every bucket, and a row of the device in every table. */
async function fill(lab: TestLab, device: TestDevice): Promise<void> {
  const names = ["private.jpg", "public.jpg", "trashed.jpg"];
  for (const bucket of ["pilab-dev", "pilab-dev-thumbs", "elsewhere"]) {
    for (const name of names) await put(lab, bucket, objectPath(bucket, `${device.slug}/${name}`));
  }
  await device.log(names.map((name) => ({ ...itemOf(`${device.slug}/${name}`), file_name: name })));
  await device.client
    .rpc("report_uploads", { journal_id: randomUUID(), seq: 1, totals: { ok: 3 } })
    .throwOnError();
  await device.client.rpc("report_device_status", { status: { state: "idle" } }).throwOnError();
}

async function put(lab: TestLab, bucket: string, path: string): Promise<string> {
  const { error } = await lab.service.storage
    .from(bucket)
    .upload(path, IMAGE, { contentType: contentTypeOf(bucket) });
  if (error) throw error;
  return path;
}

/** What the bucket takes. */
export function contentTypeOf(bucket: string): string {
  return bucket.endsWith("-thumbs") ? "image/webp" : "image/jpeg";
}

/** Where the capture at `path`, or its thumbnail, lies in a bucket. */
export function objectPath(bucket: string, path: string): string {
  return bucket.endsWith("-thumbs") ? `${path}.webp` : path;
}

/** An item of log_captures about an object of {@link IMAGE}. */
export function itemOf(path: string): Item {
  return {
    bucket_id: "pilab-dev",
    object_path: path,
    file_name: path.split("/").at(-1),
    sha256: Buffer.from(path).toString("hex").padEnd(64, "0").slice(0, 64),
    size_bytes: IMAGE.length,
    content_type: "image/jpeg",
    captured_at: "2025-06-15T12:00:00Z",
    captured_at_source: "exif",
  };
}

function now(): string {
  return new Date().toISOString();
}
