import { createHash } from "node:crypto";
import type { CatalogueFault } from "@pilab/schema";
import { makeJpeg, startTestSupabase, type TestSupabase, truncated } from "@pilab/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createPilabClient, type PilabClient } from "../src/client.ts";
import type { ReconcileOptions, Settled } from "../src/index.ts";

const BUCKET = "pilab-dev";
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe.each(["pglite", "postgres"] as const)("reconcile on %s", { timeout: 120_000 }, (engine) => {
  let supabase: TestSupabase;
  let service: PilabClient;
  let pi: PilabClient;
  let piId: string;
  let seed = 0;

  beforeAll(async () => {
    supabase = await startTestSupabase({ engine });
    service = createPilabClient({
      ...{ url: supabase.url, serviceKey: supabase.serviceRoleKey, retry: { baseDelayMs: 1, maxDelayMs: 2 } },
    });
    const { credentials, device } = await service.devices.create({ slug: "pi-1" });
    piId = device.id;
    pi = createPilabClient({ url: supabase.url, key: supabase.anonKey, ...credentials });
  }, 60_000);
  afterAll(async () => {
    await Promise.all([service?.close(), pi?.close()]);
    await supabase?.stop();
  });
  beforeEach(async () => {
    for (const bucket of [BUCKET, `${BUCKET}-thumbs`]) {
      const names = await sql("select name from storage.objects where bucket_id = $1", [bucket]);
      if (names.length > 0) await store("DELETE", bucket, "", { prefixes: names.map(({ name }) => name) });
    }
    await asSuperuser(
      "truncate public.captures, public.capture_stats_daily, public.capture_totals, public.capture_checks, public.leases; update public.bucket_settings set brake_share = 1",
    );
  });

  const sql = async (text: string, params: unknown[] = []) =>
    (await supabase.sql.transaction((tx) => tx.query<Record<string, unknown>>(text, params))).rows;
  /** Past every trigger, as an accident or who owns the server would. */
  const asSuperuser = (statement: string) =>
    supabase.sql.transaction(async (tx) => {
      await tx.exec("set local session_replication_role = replica");
      await tx.exec(statement.replaceAll("public.captures,", "public.captures cascade; truncate"));
    });
  const picture = () =>
    makeJpeg({ width: 64, height: 48, seed: ++seed, exif: { takenAt: "2026:03:09 14:15:02" } });
  const upload = async (fields: { series?: string } = {}) => {
    const bytes = await picture();
    const outcome = await pi.captures.uploadAndLog(bytes, { fileName: `${seed}.jpg`, ...fields });
    return { bytes, path: outcome.objectPath as string, id: outcome.captureId as string };
  };
  /** An object without a row: what an upload leaves that died before its row, or a stranger's. */
  const put = async (path: string, bytes: Uint8Array, metadata: object = {}) => {
    await store("POST", BUCKET, path, bytes, {
      "x-metadata": Buffer.from(JSON.stringify(metadata)).toString("base64"),
    });
    return path;
  };
  const claim = (bytes: Uint8Array, more: object = {}) => ({
    ...{ v: 1, sha256: sha256(bytes), captured_at: "2026-03-09T14:15:02.000Z", source: "exif" },
    ...{ series: "moss", shot_type: null, device: "pi-1", ...more },
  });
  const run = async (options: Partial<ReconcileOptions> = {}) => {
    const settled: Record<string, Settled | undefined> = {};
    const onFault = ({ path }: CatalogueFault, done: Settled | undefined) => {
      settled[path] = done;
    };
    const report = await service.checks.reconcile({ minAgeMs: 0, holder: "test", onFault, ...options });
    return { report, settled };
  };
  const rowAt = async (path: string) =>
    (
      await sql(
        "select c.*, d.slug from public.captures c join public.devices d on d.id = c.device_id where object_path = $1",
        [path],
      )
    )[0];
  /** What a lost row is: the object stays, the catalogue forgets. */
  const forget = (id: string) =>
    asSuperuser(
      `delete from public.captures where id = '${id}'; truncate public.capture_stats_daily, public.capture_totals`,
    );
  const isConsistent = async () => {
    const { report } = await run();
    const { found, drifted, left } = report;
    expect({ ...found, drifted, left }).toEqual({
      ...{ no_row: 0, tombstone: 0, no_object: 0, size_differs: 0, thumbnail_differs: 0 },
      ...{ thumbnail_alone: 0, found_again: 0, drifted: 0, left: 0 },
    });
    return report;
  };

  test("adopts an object by its metadata once its bytes were found to be those, with thumbnail, exif and counters", async () => {
    const { id, path } = await upload({ series: "moss" });
    await forget(id);
    expect((await run()).report).toMatchObject({ found: { no_row: 1 }, adopted: 0 });
    expect(await rowAt(path)).toBeUndefined();
    const { report } = await run({ fix: true });
    expect(report).toMatchObject({ adopted: 1, trashed: 0, removed: 0, held: null });
    expect(await rowAt(path)).toMatchObject({
      ...{ slug: "pi-1", series: "moss", deleted_at: null, width: 64, thumbnail_path: `${path}.webp` },
      captured_at_trusted: false,
    });
    expect(await isConsistent()).toMatchObject({ objects: 1, rows: 1, thumbnails: 1 });
    expect(await service.checks.list()).toContainEqual(
      expect.objectContaining({ check_name: "orphans", subject_id: BUCKET, ok: true }),
    );
  });

  test("puts what nobody vouches for in the trash as of unknown origin, restorable, and under no Pi's name", async () => {
    const [plain, lying, foreign] = [await picture(), await picture(), await picture()];
    await put("pi-1/plain.jpg", plain);
    await put("pi-1/lying.jpg", lying, claim(plain));
    await put("pi-1/foreign.jpg", foreign, claim(foreign, { device: "pi-2" }));
    const { report, settled } = await run({ fix: true });
    expect(report).toMatchObject({ adopted: 0, trashed: 3, removed: 0 });
    expect(settled).toEqual({
      "pi-1/plain.jpg": { action: "trashed", why: "it carries no capture's metadata" },
      "pi-1/lying.jpg": { action: "trashed", why: "its bytes are not those whose SHA-256 it carries" },
      "pi-1/foreign.jpg": { action: "trashed", why: "it is pi-2's, in the folder pi-1" },
    });
    const row = await rowAt("pi-1/plain.jpg");
    expect(row).toMatchObject({
      slug: "unknown-origin",
      delete_reason: "unknown_origin",
      sha256: sha256(plain),
    });
    // The Pi still has the file: it must not hear that this was dealt with.
    expect((await pi.captures.known([sha256(plain)])).get(sha256(plain))?.state).toBe("unknown");
    expect(await service.captures.restore([String(row?.id)])).toMatchObject([{ outcome: "changed" }]);
    await isConsistent();
  });

  test("removes only what is no picture and no video; one cut off goes to the trash", async () => {
    await put("pi-1/notes.jpg", Buffer.from("milk, eggs"));
    await put("pi-1/again.jpg", Buffer.from("milk, eggs"));
    await put("pi-1/empty.jpg", Buffer.alloc(0));
    await put("pi-1/cut.jpg", truncated(await picture(), 0.5));
    const { report, settled } = await run({ fix: true });
    expect(settled["pi-1/cut.jpg"]).toMatchObject({ action: "trashed" });
    expect(report).toMatchObject({ trashed: 1, removed: report.removed });
    // Two with the same bytes under way at once: the second is removed when the first one's tombstone is there.
    if (report.left > 0) await run({ fix: true });
    expect(await sql("select name from storage.objects where bucket_id = $1", [BUCKET])).toEqual([
      { name: "pi-1/cut.jpg" },
    ]);
    const { entries } = await service.audit.list({ action: "capture.purging", limit: 1 });
    expect(entries[0]?.details).toMatchObject({ delete_reason: "not_a_capture" });
    await isConsistent();
  });

  test("touches no object that is younger than an hour, whatever it is", async () => {
    await put("pi-1/new.jpg", Buffer.from("half an upload"));
    expect((await run({ fix: true, minAgeMs: undefined })).report).toMatchObject({
      ...{ young: 1, removed: 0, trashed: 0, found: { no_row: 0 } },
    });
    expect(await sql("select name from storage.objects where bucket_id = $1", [BUCKET])).toHaveLength(1);
  });

  test("keeps a row whose object is lost, says so until it is back, and the Pi brings it back", async () => {
    const { bytes, path, id } = await upload();
    await store("DELETE", BUCKET, path);
    const { report } = await run({ fix: true });
    expect(report).toMatchObject({ found: { no_object: 1 }, faulty: 1 });
    expect(await rowAt(path)).toMatchObject({ id, deleted_at: null });
    expect(await service.checks.faulty()).toMatchObject([
      { capture_id: id, outcome: "missing", object_path: path },
    ]);
    expect(await service.checks.list()).toContainEqual(
      expect.objectContaining({ check_name: "scrub", ok: false, found: 1 }),
    );
    expect((await run()).report.faulty).toBe(1);
    expect(await pi.captures.uploadAndLog(bytes, { fileName: "1.jpg" })).toMatchObject({ captureId: id });
    expect((await run()).report).toMatchObject({ found: { found_again: 1 }, faulty: 0 });
    await isConsistent();
  });

  test("tells of an object of another size than its row, and leaves both", async () => {
    const { path, id } = await upload();
    await store("POST", BUCKET, path, await makeJpeg({ width: 80, height: 80, seed: 9 }), {
      "x-upsert": "true",
    });
    expect((await run({ fix: true })).report).toMatchObject({
      found: { size_differs: 1 },
      faulty: 1,
      removed: 0,
    });
    expect(await service.checks.faulty()).toMatchObject([{ capture_id: id, outcome: "mismatch" }]);
  });

  test("takes in what came to the path of a purged capture, a copy of catalogued bytes, and what lies in no device's folder", async () => {
    const { id, path, bytes } = await upload();
    const other = await upload();
    await service.captures.softDelete([id]);
    await asSuperuser(
      `update public.captures set purging_at = now(), purged_at = now(), exif = '{}', thumbnail_path = null, thumbnail_bytes = null where id = '${id}'`,
    );
    await store("DELETE", `${BUCKET}-thumbs`, `${path}.webp`);
    await put("pi-1/copy.jpg", other.bytes, claim(other.bytes));
    const stray = await picture();
    await put("Loose Files/a.jpg", stray);
    const { report } = await run({ fix: true });
    expect(report).toMatchObject({ found: { tombstone: 1, no_row: 2 }, trashed: 3, removed: 0, left: 0 });
    expect(await rowAt(`unknown-origin/${sha256(bytes)}.jpg`)).toMatchObject({ slug: "unknown-origin" });
    expect(await rowAt(`unknown-origin/${sha256(stray)}.jpg`)).toMatchObject({
      delete_reason: "unknown_origin",
    });
    expect(await rowAt("pi-1/copy.jpg")).toMatchObject({
      slug: "unknown-origin",
      sha256: sha256(other.bytes),
    });
    expect(await rowAt(other.path)).toMatchObject({ deleted_at: null, slug: "pi-1" });
    expect(await rowAt(path)).toMatchObject({ id, purged_at: expect.anything() });
  });

  test("makes a device, retired, for captures whose device was lost too", async () => {
    const bytes = await picture();
    await put("pi-lost/2026/a.jpg", bytes, claim(bytes, { device: "pi-lost" }));
    expect((await run({ fix: true })).report).toMatchObject({ adopted: 1, devicesMade: ["pi-lost"] });
    expect(
      await sql("select retired_at is not null as retired from public.devices where slug = 'pi-lost'"),
    ).toEqual([{ retired: true }]);
  });

  test("makes rows tell of the thumbnails that are there, and removes those without a capture", async () => {
    const [gone, late] = [await upload(), await upload()];
    await store("DELETE", `${BUCKET}-thumbs`, `${gone.path}.webp`);
    await asSuperuser(
      `update public.captures set thumbnail_path = null, thumbnail_bytes = null where id = '${late.id}'`,
    );
    const small = await store("GET", `${BUCKET}-thumbs`, `${late.path}.webp`);
    await store("POST", `${BUCKET}-thumbs`, "pi-1/nothing.jpg.webp", small, { "content-type": "image/webp" });
    const { report } = await run({ fix: true });
    expect(report).toMatchObject({
      found: { thumbnail_differs: 2, thumbnail_alone: 1 },
      thumbnailsSet: 2,
      removed: 1,
    });
    expect(await rowAt(gone.path)).toMatchObject({ thumbnail_path: null });
    expect(await rowAt(late.path)).toMatchObject({ thumbnail_path: `${late.path}.webp` });
    await isConsistent();
  });

  test("finds counters that drifted and adds the difference, while captures go on arriving", async () => {
    for (let n = 0; n < 3; n++) await upload({ series: `s-${n}` });
    await asSuperuser(
      "update public.capture_stats_daily set live_files = live_files + 7, live_bytes = 1 where series = 's-1'; delete from public.capture_stats_daily where series = 's-2'",
    );
    await asSuperuser(
      `insert into public.capture_stats_daily (bucket_id, day, device_id, live_files) values ('${BUCKET}', '2020-01-01', '${piId}', 3)`,
    );
    expect((await run()).report.drifted).toBe(3);
    const arriving = Promise.all([1, 2, 3, 4].map(() => upload()));
    const { report } = await run({ fix: true });
    await arriving;
    expect(report.drifted).toBe(3);
    expect((await service.usage.get()).live.files).toBe(7);
    await asSuperuser("update public.capture_totals set live_files = live_files + 7 where series = 's-1'");
    expect((await run()).report.drifted).toBe(1);
    expect((await run({ fix: true })).report.drifted).toBe(1);
    expect((await service.usage.get()).live.files).toBe(7);
    const { entries } = await service.audit.list({ action: "capture_stats.repaired" });
    expect(entries.length).toBeGreaterThan(0);
    await isConsistent();
  });

  test("is held before it trashes or removes more than the brake allows, and goes on when that is confirmed", async () => {
    await sql("update public.bucket_settings set brake_share = 0.25");
    for (let n = 0; n < 4; n++) await upload();
    for (let n = 0; n < 4; n++) await put(`pi-1/stray-${n}.jpg`, await picture());
    const held = (await run({ fix: true })).report;
    expect(held).toMatchObject({
      trashed: 0,
      removed: 0,
      held: expect.stringContaining("would trash or remove 4 objects"),
    });
    expect(await service.checks.list()).toContainEqual(
      expect.objectContaining({ check_name: "orphans", ok: false, found: 4 }),
    );
    expect((await run({ fix: true, confirm: true })).report).toMatchObject({ trashed: 4, held: null });
  });

  test("gives each object one row when the Pis log the same ones meanwhile, and each Pi its captures", async () => {
    const made = await Promise.all(Array.from({ length: 12 }, () => upload()));
    await asSuperuser("delete from public.captures; truncate public.capture_stats_daily");
    const again = made.map(({ bytes }, n) => pi.captures.uploadAndLog(bytes, { fileName: `${n}.jpg` }));
    const { report } = await run({ fix: true });
    const outcomes = await Promise.all(again);
    expect(outcomes.every(({ outcome }) => outcome === "uploaded" || outcome === "duplicate")).toBe(true);
    expect(report).toMatchObject({ trashed: 0, removed: 0, left: 0 });
    expect(
      await sql(
        "select count(*)::int as n, count(distinct object_path)::int as paths from public.captures where deleted_at is null",
      ),
    ).toEqual([{ n: 12, paths: 12 }]);
    await isConsistent();
  });

  test("leaves what a purge has claimed to the purge, with its object or without", async () => {
    const [half, bare] = [await upload(), await upload()];
    await asSuperuser(
      "update public.captures set deleted_at = now(), purging_at = now(); truncate public.capture_stats_daily",
    );
    await store("DELETE", BUCKET, bare.path);
    const { report } = await run({ fix: true });
    expect(report).toMatchObject({
      trashed: 0,
      removed: 0,
      faulty: 0,
      found: { no_object: 0, no_row: 0, tombstone: 0 },
    });
    expect(await rowAt(half.path)).toMatchObject({ id: half.id, purged_at: null });
    expect(await sql("select name from storage.objects where bucket_id = $1", [BUCKET])).toEqual([
      { name: half.path },
    ]);
  });

  test("waits for nobody: under another worker's lease it says who holds it and does nothing", async () => {
    await put("pi-1/stray.jpg", await picture());
    await service.leases.hold(`retention:${BUCKET}`, {
      holder: "the purge",
      work: async () => {
        await expect(run({ fix: true })).rejects.toThrow("held by the purge");
      },
    });
    expect(await rowAt("pi-1/stray.jpg")).toBeUndefined();
  });

  async function store(
    method: string,
    bucket: string,
    path: string,
    body?: Uint8Array | object,
    headers = {},
  ): Promise<Buffer> {
    const bytes = body instanceof Uint8Array;
    const answer = await fetch(
      `${supabase.url}/storage/v1/object/${bucket}/${encodeURI(path)}`.replace(/\/$/, ""),
      {
        method,
        headers: {
          authorization: `Bearer ${supabase.serviceRoleKey}`,
          ...(body && { "content-type": bytes ? "image/jpeg" : "application/json" }),
          ...headers,
        },
        ...(body && { body: bytes ? new Uint8Array(body) : JSON.stringify(body) }),
      },
    );
    if (!answer.ok) throw new Error(`${method} ${bucket}/${path}: ${answer.status} ${await answer.text()}`);
    return Buffer.from(await answer.arrayBuffer());
  }
});
