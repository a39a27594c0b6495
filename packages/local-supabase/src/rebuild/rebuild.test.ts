import { createHash, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bootstrap } from "../bootstrap.ts";
import { type Engine, openPglite } from "../engine.ts";
import { migrate } from "../migrate.ts";
import { MIGRATIONS_DIR } from "../server.ts";
import { ObjectFiles, type StoredObject } from "../storage/object-files.ts";
import { type RebuildReport, rebuild } from "./rebuild.ts";

let dir: string;
let filesDir: string;
let engine: Engine;
let report: RebuildReport;

const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex");

/** Lays an object down as the Storage server leaves it: content and sidecar. */
async function lay(
  name: string,
  { text = name, bucket = "pilab-dev", user = {}, sidecar = true, at = "2026-01-02T03:04:05.000Z" } = {},
): Promise<void> {
  const version = randomUUID();
  const metadata = {
    eTag: `"${hash("md5", text)}"`,
    size: text.length,
    mimetype: "image/jpeg",
    cacheControl: "no-cache",
  };
  const object: StoredObject = {
    ...{ bucket_id: bucket, name, version, owner_id: null, created_at: at, user_metadata: user },
    metadata: { ...metadata, lastModified: at, contentLength: text.length, httpStatusCode: 200 },
  };
  const path = new ObjectFiles(filesDir).path(object);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  if (sidecar) await writeFile(`${path}.json`, JSON.stringify(object));
}

const capture = (text: string, more = {}) => ({
  ...{
    v: 1,
    sha256: hash("sha256", text),
    captured_at: "2026-01-02T03:04:05Z",
    source: "exif",
    series: null,
    shot_type: null,
    device: "pi",
  },
  ...more,
});

const rows = async (sql: string) => (await engine.transaction((tx) => tx.query(sql))).rows;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pilab-rebuild-"));
  filesDir = join(dir, "files");
  engine = await openPglite(join(dir, "db"));
  const { migrationRole } = await bootstrap(engine, { storage: true });
  await migrate(engine, { dir: MIGRATIONS_DIR, role: migrationRole });

  await lay("pi-1/good.jpg", { user: capture("pi-1/good.jpg", { series: "run" }) });
  await lay("pi-1/first.jpg", { text: "same", user: capture("same") });
  await lay("pi-1/good.jpg.webp", { bucket: "pilab-dev-thumbs" });
  await lay("pi-2/other.jpg", { bucket: "lab-2", user: capture("pi-2/other.jpg") });
  await lay("pi-1/copy.jpg", { text: "same", user: capture("same") });
  await lay("pi-1/plain.jpg");
  await lay("pi-1/liar.jpg", { user: capture("other bytes") });
  await lay("No Device/a.jpg", { user: capture("No Device/a.jpg") });
  await lay("pi-1/bare.jpg", { sidecar: false });
  // Replaced once, and the old version's files were not removed before the crash.
  await lay("pi-1/twice.jpg", { text: "old", user: capture("old"), at: "2026-01-01T00:00:00.000Z" });
  await lay("pi-1/twice.jpg", { text: "new", user: capture("new"), at: "2026-01-03T00:00:00.000Z" });
  await mkdir(join(filesDir, ".incoming"), { recursive: true });
  await writeFile(join(filesDir, ".incoming", randomUUID()), "half");
  report = await rebuild(engine, filesDir);
}, 60_000);

afterAll(async () => {
  await engine?.close();
  await rm(dir, { recursive: true, force: true });
});

describe("a rebuild over an empty database", () => {
  test("catalogues whole captures with what their metadata says, thumbnail included", async () => {
    expect(
      await rows(
        "select c.series, c.thumbnail_path, c.captured_at_trusted, d.slug from captures c join devices d on d.id = device_id where object_path = 'pi-1/good.jpg'",
      ),
    ).toEqual([
      { series: "run", thumbnail_path: "pi-1/good.jpg.webp", captured_at_trusted: false, slug: "pi-1" },
    ]);
  });

  test("makes the buckets and devices that are missing, and says so", async () => {
    expect(report.bucketsMade).toEqual(["lab-2"]);
    expect(report.devicesMade.toSorted()).toEqual(["pi-1", "pi-2"]);
    expect(await rows("select public from storage.buckets where id = 'lab-2'")).toEqual([{ public: false }]);
    expect(await rows("select object_path from captures where bucket_id = 'lab-2'")).toEqual([
      { object_path: "pi-2/other.jpg" },
    ]);
  });

  test("takes the version stored last of an object that was replaced", async () => {
    expect(
      await rows(
        "select metadata ->> 'size' as size, user_metadata ->> 'sha256' as sha256 from storage.objects where name = 'pi-1/twice.jpg'",
      ),
    ).toEqual([{ size: "3", sha256: hash("sha256", "new") }]);
  });

  test.each([
    ["pi-1/plain.jpg", "it carries no capture's metadata"],
    ["pi-1/liar.jpg", "its bytes are not those whose SHA-256 it carries"],
    ["No Device/a.jpg", 'its folder "No Device" is no device\'s'],
  ])("reports %s, whose object is back all the same: %s", async (name, why) => {
    expect(report.problems).toContainEqual({ what: `pilab-dev/${name}`, why: expect.stringContaining(why) });
    expect(await rows(`select name from storage.objects where name = '${name}'`)).toHaveLength(1);
    expect(await rows(`select id from captures where object_path = '${name}'`)).toEqual([]);
  });

  test("reports a second copy of the same bytes, and a file without a sidecar, and nothing else", () => {
    const copies = report.problems.filter(({ why }) =>
      why.startsWith("its bytes are catalogued already, at pi-1/"),
    );
    expect(copies).toHaveLength(1);
    expect(report.problems.filter(({ why }) => why.startsWith("it has no sidecar"))).toHaveLength(1);
    expect(report.problems.filter(({ what }) => what.includes("incoming"))).toEqual([]);
  });

  test("writes what it did into the audit log, under its own name", async () => {
    expect(
      await rows("select distinct actor from storage_audit_log where action = 'captures.logged'"),
    ).toEqual([{ actor: expect.stringContaining("pilab-local rebuild") }]);
  });

  test("adds nothing when it is run again, and leaves every file as it was", async () => {
    const before = await readdir(filesDir, { recursive: true });
    const again = await rebuild(engine, filesDir);
    expect(again).toMatchObject({ objectsAdded: 0, capturesAdded: 0, devicesMade: [], bucketsMade: [] });
    expect(await readdir(filesDir, { recursive: true })).toEqual(before);
  });
});
