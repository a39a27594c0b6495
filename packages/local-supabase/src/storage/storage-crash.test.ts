import { randomUUID } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ObjectFiles, type StoredObject } from "./object-files.ts";
import { type StorageTestServer, startStorageTestServer } from "./storage-test-server.ts";

let server: StorageTestServer;
let key: string;
const files = () => new ObjectFiles(server.filesDir);
const bucket = () => createClient(server.url, key, { auth: { persistSession: false } }).storage.from("crash");

beforeAll(async () => {
  server = await startStorageTestServer();
  key = await server.token({ role: "service_role" });
  await createClient(server.url, key).storage.createBucket("crash");
}, 60_000);
afterAll(() => server.stop());

test("at start, content whose row was never written goes, and a name that it had is free", async () => {
  const object = await published("never.txt", "content");
  await server.restart();
  expect((await bucket().upload("never.txt", "again")).error).toBeNull();
  expect(await traces(object.version)).toEqual([]);
});

test("at start, what was being received goes", async () => {
  await writeFile(join(server.filesDir, ".incoming", randomUUID()), "half");
  await server.restart();
  await bucket().list(); // answered only when the start is through
  expect(await readdir(join(server.filesDir, ".incoming"))).toEqual([]);
});

test("at start, an object whose row was committed keeps content and sidecar", async () => {
  await bucket().upload("kept.txt", "kept");
  const version = await versionOf("kept.txt");
  await files().suspend({ bucket_id: "crash", version }); // as it lies between the row and the last rename
  await server.restart();
  expect(await (await bucket().download("kept.txt")).data?.text()).toBe("kept");
  expect(await traces(version)).toEqual([version, `${version}.json`]);
});

test("at start, content whose row was deleted goes", async () => {
  await bucket().upload("deleted.txt", "x");
  const version = await versionOf("deleted.txt");
  await files().suspend({ bucket_id: "crash", version });
  await server.engine.transaction(async (tx) => {
    await tx.query("select set_config('storage.allow_delete_query', 'true', true)");
    await tx.query("delete from storage.objects where name = 'deleted.txt'");
  });
  await server.restart();
  await bucket().list();
  expect(await traces(version)).toEqual([]);
});

test("at start, a replacement that never got its row goes, and the old content stays", async () => {
  await bucket().upload("replaced.txt", "old");
  const old = await versionOf("replaced.txt");
  const object = await published("replaced.txt", "new");
  await files().suspend({ bucket_id: "crash", version: old });
  await server.restart();
  expect(await (await bucket().download("replaced.txt")).data?.text()).toBe("old");
  expect(await traces(object.version)).toEqual([]);
  expect(await traces(old)).toEqual([old, `${old}.json`]);
});

test("at start, a sidecar that was cut off in the writing goes", async () => {
  await writeFile(join(server.filesDir, ".pending", `${randomUUID()}.json`), '{"bucket_id":"cra');
  await server.restart();
  await bucket().list();
  expect(await readdir(join(server.filesDir, ".pending"))).toEqual([]);
});

test("at start, a resumable upload that was complete but never became an object goes", async () => {
  const id = randomUUID();
  const dir = join(server.filesDir, ".tus");
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, id), "abc");
  await writeFile(
    join(dir, `${id}.json`),
    JSON.stringify({ id, size: 3, offset: 0, creation_date: new Date() }),
  );
  await server.restart();
  await bucket().list();
  expect((await readdir(dir)).filter((name) => name.startsWith(id))).toEqual([]);
});

async function published(name: string, content: string): Promise<StoredObject> {
  const version = randomUUID();
  const now = new Date().toISOString();
  const base = { bucket_id: "crash", name, version, owner_id: null, created_at: now, user_metadata: {} };
  const text = {
    mimetype: "text/plain",
    cacheControl: "no-cache",
    lastModified: now,
    httpStatusCode: 200,
  } as const;
  return files().store(base, chunks(content), {
    limitBytes: 1000,
    describe: (received) => ({ ...base, metadata: { ...received, ...text, contentLength: received.size } }),
  });
}

async function* chunks(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

async function versionOf(name: string): Promise<string> {
  return ((await bucket().info(name)).data as { version: string }).version;
}

/** Every file of a version, wherever it lies. */
async function traces(version: string): Promise<string[]> {
  const entries = await readdir(server.filesDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.startsWith(version))
    .map((entry) => entry.name)
    .sort();
}
