import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LabClient, startTestLab, type TestDevice, type TestLab } from "../src/test-lab.ts";
import { CALLERS, type CallerName, FUNCTIONS, OBJECTS, TABLES } from "./access-matrix.expectations.ts";

interface Caller {
  client: LabClient;
  device?: TestDevice;
}
type Row = Record<string, unknown>;
/** Tries one action as one caller and says in the words of the expectations how it went. */
type Probe = (caller: Caller) => Promise<string>;

const IMAGE = Buffer.from("an image, as far as Storage can tell");
const BUCKETS = {
  "pilab-dev": "image/jpeg",
  "pilab-dev-thumbs": "image/webp",
  elsewhere: "image/jpeg",
} as const;
const THUMB = ".webp";

describe("access over HTTP", { timeout: 60_000 }, () => {
  let lab: TestLab;
  let callers: Record<CallerName, Caller>;
  let strangers: Record<string, Caller>;
  let pi: TestDevice;

  beforeAll(async () => {
    lab = await startTestLab();
    await lab.service.storage.createBucket("elsewhere");
    const [first, second, old] = [
      await lab.addDevice("pi-1"),
      await lab.addDevice("pi-2"),
      await lab.addDevice("pi-old"),
    ];
    pi = first;
    for (const device of [first, second, old]) await fill(device);
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
    callers = {
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
    strangers = {
      expired: { client: lab.withToken(await sign(lab.supabase.jwtSecret, "-1m")) },
      "expired service": { client: lab.withToken(await sign(lab.supabase.jwtSecret, "-1m", "service_role")) },
      forged: { client: lab.withToken(await sign("another secret of at least 32 characters", "1h")) },
      "forged service": {
        client: lab.withToken(await sign("another secret of at least 32 characters", "1h", "service_role")),
      },
      unsigned: { client: lab.withToken(`${part({ alg: "none" })}.${part({ ...claims, exp: 9e9 })}.`) },
    };
  }, 120_000);
  afterAll(() => lab?.stop());

  /** Objects in every bucket, and a row of the device in every table. */
  async function fill(device: TestDevice): Promise<void> {
    const names = ["private.jpg", "public.jpg", "trashed.jpg"];
    for (const [bucket, contentType] of Object.entries(BUCKETS)) {
      for (const name of names) await put(bucket, objectPath(bucket, `${device.slug}/${name}`), contentType);
    }
    await device.log(names.map((name) => ({ ...itemOf(`${device.slug}/${name}`), file_name: name })));
    await device.client
      .rpc("report_uploads", { journal_id: randomUUID(), seq: 1, totals: { ok: 3 } })
      .throwOnError();
    await device.client.rpc("report_device_status", { status: { state: "idle" } }).throwOnError();
  }

  async function put(
    bucket: string,
    path: string,
    contentType = BUCKETS[bucket as keyof typeof BUCKETS],
  ): Promise<string> {
    const { error } = await lab.service.storage.from(bucket).upload(path, IMAGE, { contentType });
    if (error) throw error;
    return path;
  }

  test("is stated for every table, view, function and bucket of the catalogue", async () => {
    expect(
      await catalogue(
        "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')",
      ),
    ).toEqual(Object.keys(TABLES).sort());
    expect(
      await catalogue(
        "select distinct proname as name from pg_proc where pronamespace = 'public'::regnamespace and prokind in ('f', 'p')",
      ),
    ).toEqual(Object.keys(FUNCTIONS).sort());
    expect(await catalogue("select id as name from storage.buckets")).toEqual(Object.keys(OBJECTS).sort());
  });

  test("sees no schema but public", async () => {
    const schemas = await catalogue(
      "select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'public'",
    );
    expect(schemas).toContain("pilab");
    for (const schema of schemas) {
      const { error } = await lab.service
        .schema(schema as "public")
        .from("upload_journals" as never)
        .select("*");
      expect(error?.code, schema).toBe("PGRST106");
    }
  });

  describe.each(Object.entries(TABLES))("table %s", (table, expected) => {
    test("is read and written by whom the matrix says", async () => {
      expect(await probeAll(expected, (action) => tableProbe(table, action))).toEqual(tidy(expected));
    });
  });

  describe.each(Object.entries(FUNCTIONS))("function %s", (name, expected) => {
    test("is called by whom the matrix says", async () => {
      expect(await probeAll(expected, (action) => functionProbe(name, action))).toEqual(tidy(expected));
    });
  });

  describe.each(Object.entries(OBJECTS))("bucket %s", (bucket, expected) => {
    test("gives and takes objects as the matrix says", async () => {
      expect(await probeAll(expected, (action) => objectProbe(bucket, action))).toEqual(tidy(expected));
    });

    test("is itself seen, changed and removed by the service key alone", async () => {
      for (const [name, { client }] of Object.entries({ ...callers, ...strangers })) {
        if (name === "service") continue;
        expect((await client.storage.getBucket(bucket)).error, name).not.toBeNull();
        expect((await client.storage.listBuckets()).data ?? [], name).toEqual([]);
        for (const attempt of [
          client.storage.updateBucket(bucket, { public: true }),
          client.storage.emptyBucket(bucket),
          client.storage.deleteBucket(bucket),
          client.storage.createBucket(`of-${randomUUID()}`),
        ]) {
          expect((await attempt).error, name).not.toBeNull();
        }
      }
      expect(await catalogue("select id as name from storage.buckets where not public")).toEqual(
        Object.keys(OBJECTS).sort(),
      );
    });
  });

  /** Runs every action as every caller, in words; a stranger's must all be `refused`. */
  async function probeAll(
    expected: Record<string, string>,
    probeOf: (action: string) => Probe,
  ): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const action of Object.keys(expected)) {
      const probe = probeOf(action);
      found[action] = [];
      for (const name of CALLERS) found[action].push(`${name}: ${await probe(callers[name])}`);
      for (const [name, stranger] of Object.entries(strangers))
        expect(await probe(stranger), `${action} as ${name}`).toBe("refused");
    }
    return found;
  }

  function tableProbe(table: string, action: string): Probe {
    const [verb, column] = action.split(" ") as [string, string | undefined];
    const from = (client: LabClient) => client.from(table as "devices");
    const key = KEYS[table] ?? "id";
    if (verb === "select")
      return async ({ client, device }) => readWord(table, await from(client).select("*"), device);
    if (verb === "insert")
      return async ({ client }) => word(await from(client).insert(newRow(table) as never));
    if (verb === "update") {
      return async ({ client }) => {
        if (!column || !(column in VALUES)) throw new Error(`No value for ${table}.${column}`);
        const [victim] = await sql(`select * from public.${table} where ${VICTIMS[table] ?? "true"} limit 1`);
        const call = from(client)
          .update({ [column as "name"]: VALUES[column] } as never)
          .eq(key as "id", victim?.[key] as string);
        return word(await call.select());
      };
    }
    return async ({ client }) => {
      const victim = DISPOSABLE[table];
      const id = victim
        ? (await sql(victim, table === "capture_batches" ? [pi.id] : [`of-${randomUUID()}`]))[0]?.[key]
        : undefined;
      const call = from(client).delete();
      return word(
        await (id === undefined ? call.not(key, "is", null) : call.eq(key as "id", id as string)).select(),
      );
    };
  }

  /** Rows read, as a word: compared with what the owner sees. */
  async function readWord(table: string, answer: Answer, device?: TestDevice): Promise<string> {
    const refused = word(answer);
    if (refused !== "yes") return refused;
    const everything = await sql(`select to_jsonb(t) as row from public.${table} t`);
    const rows = everything.map(({ row }) => row as Row);
    const isOwn = (row: Row) => device !== undefined && (row.device_id ?? row.id) === device.id;
    const isPublic = (row: Row) => table === "captures" && row.is_public === true && row.deleted_at === null;
    const ids = (some: Row[]) =>
      some
        .map((row) => JSON.stringify([row.id ?? row.bucket_id, row.device_id, row.day, row.hour && "h"]))
        .sort();
    const seen = ids(answer.data as Row[]).join();
    const sets = {
      all: rows,
      own: rows.filter(isOwn),
      public: rows.filter(isPublic),
      "own+public": rows.filter((row) => isOwn(row) || isPublic(row)),
    };
    return Object.entries(sets).find(([, set]) => ids(set).join() === seen)?.[0] ?? `some: ${seen}`;
  }

  function functionProbe(name: string, action: string): Probe {
    return async ({ client, device }) => {
      const target = action.startsWith("for pi-1") ? pi : (device ?? pi);
      const forDevice = action.startsWith("for pi-1") ? { for_device_id: pi.id } : {};
      const privatePath = `${target.slug}/private.jpg`;
      const args: Record<string, Row> = {
        log_captures: { captures: [itemOf(privatePath)], ...forDevice },
        known_captures: { bucket_id: "pilab-dev", hashes: [itemOf(privatePath).sha256], ...forDevice },
        report_uploads: { journal_id: randomUUID(), seq: 1, totals: { ok: 1 }, ...forDevice },
        report_device_status: { status: { state: "idle" }, ...forDevice },
        storage_usage: { bucket_id: "pilab-dev" },
        stored_objects: { bucket_id: "pilab-dev", object_paths: ["pi-1/private.jpg"] },
      };
      const answer = await client.rpc(name as "storage_usage", args[name] as never);
      // The service key must name a device: 22023 says so.
      return answer.error?.code === "22023" ? "-" : word(answer as Answer);
    };
  }

  function objectProbe(bucket: string, action: string): Probe {
    const contentType = BUCKETS[bucket as keyof typeof BUCKETS];
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
            await store.upload(await put(bucket, fresh("pi-1/")), IMAGE, { contentType, upsert: true }),
          );
        case "move":
          return objectWord(await store.move(await put(bucket, fresh("pi-1/")), fresh("pi-1/")));
        case "remove": {
          const { data, error } = await store.remove([await put(bucket, fresh("pi-1/"))]);
          return error ? objectWord({ data, error }) : data.length > 0 ? "yes" : "-";
        }
        default:
          throw new Error(`No probe for ${action}`);
      }
    };
  }

  function newRow(table: string): Row {
    const rows: Record<string, Row> = {
      captures: { ...itemOf(`pi-1/${randomUUID()}.jpg`), device_id: pi.id },
      devices: { slug: randomUUID(), name: "new" },
      bucket_settings: { bucket_id: randomUUID() },
      device_status: { device_id: pi.id, reported_at: now() },
      storage_audit_log: { action: "a.b", object_type: "x", actor_claimed: false },
    };
    return rows[table] ?? { device_id: pi.id };
  }

  const sql = async (text: string, params: unknown[] = []): Promise<Row[]> =>
    (await lab.supabase.sql.transaction((tx) => tx.query(text, params))).rows;
  const catalogue = async (text: string) => (await sql(text)).map(({ name }) => String(name)).sort();
});

// Where a table has no id.
const KEYS: Record<string, string> = {
  bucket_settings: "bucket_id",
  device_status: "device_id",
  capture_stats_daily: "device_id",
  upload_stats_hourly: "device_id",
};
// The row that updates are tried on, where not any one: no caller's own account must be taken from it.
const VICTIMS: Record<string, string> = {
  devices: "slug = 'pi-old'",
  captures: "object_path = 'pi-1/private.jpg'",
};
// Rows to be deleted, in tables from which somebody may.
const DISPOSABLE: Record<string, string> = {
  bucket_settings: "insert into public.bucket_settings (bucket_id) values ($1) returning bucket_id",
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
  bytes: 1,
  live_files: 1,
  ok: 1,
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

function tidy(expected: Record<string, string>): Record<string, string[]> {
  const words = (line: string) =>
    line
      .trim()
      .split(/\s+/)
      .map((cell, index) => `${CALLERS[index]}: ${cell}`);
  return Object.fromEntries(Object.entries(expected).map(([action, line]) => [action, words(line)]));
}

function objectPath(bucket: string, path: string): string {
  return bucket.endsWith("-thumbs") ? path + THUMB : path;
}

function itemOf(path: string): Row {
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
