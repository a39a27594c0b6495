import { createHash } from "node:crypto";
import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ObjectFiles } from "./object-files.ts";
import { type StorageTestServer, startStorageTestServer } from "./storage-test-server.ts";

let server: StorageTestServer;
let storage: SupabaseClient["storage"];
const MB = 1024 * 1024;

beforeAll(async () => {
  server = await startStorageTestServer();
  storage = createClient(server.url, await server.token({ role: "service_role" })).storage;
}, 60_000);
afterAll(() => server.stop());

test("of 20 uploads of one name without upsert exactly one wins, and the others leave nothing on disk", async () => {
  await storage.createBucket("race");
  const uploads = Array.from({ length: 20 }, (_, n) => storage.from("race").upload("one.txt", `upload ${n}`));
  const results = await Promise.all(uploads);
  const won = results.flatMap(({ error }, n) => (error === null ? [n] : []));
  expect(won).toHaveLength(1);
  expect(
    results.filter(({ error }) => (error as { code?: string } | null)?.code === "KeyAlreadyExists"),
  ).toHaveLength(19);
  expect(await (await storage.from("race").download("one.txt")).data?.text()).toBe(`upload ${won[0]}`);
  expect(await filesOf("race")).toHaveLength(2);
});

test("20 upserts of one name at once all succeed and leave one content on disk", async () => {
  await storage.createBucket("upserts");
  const uploads = Array.from({ length: 20 }, (_, n) =>
    storage.from("upserts").upload("one.txt", `${n}`, { upsert: true }),
  );
  expect((await Promise.all(uploads)).filter(({ error }) => error !== null)).toEqual([]);
  expect(await filesOf("upserts")).toHaveLength(2);
  expect((await storage.from("upserts").download("one.txt")).error).toBeNull();
});

test("the sidecar says what the row says", async () => {
  await storage.createBucket("sidecar");
  const bytes = Buffer.from("with a sidecar");
  await storage
    .from("sidecar")
    .upload("a/b.jpg", bytes, { contentType: "image/jpeg", metadata: { device: "pi-1" } });
  const [, path] = (await filesOf("sidecar")).sort((a, b) => a.length - b.length);
  expect(JSON.parse(await readFile(path as string, "utf8"))).toEqual({
    bucket_id: "sidecar",
    name: "a/b.jpg",
    version: expect.any(String),
    owner_id: null,
    created_at: expect.any(String),
    metadata: {
      eTag: `"${createHash("md5").update(bytes).digest("hex")}"`,
      size: bytes.length,
      contentLength: bytes.length,
      mimetype: "image/jpeg",
      cacheControl: "max-age=3600",
      lastModified: expect.any(String),
      httpStatusCode: 200,
    },
    user_metadata: { device: "pi-1" },
  });
});

test("a row whose file is lost answers info, fails a download with 500, and can be removed", async () => {
  await storage.createBucket("lost");
  await storage.from("lost").upload("a.txt", "x");
  const { version } = (await storage.from("lost").info("a.txt")).data as { version: string };
  await rm(new ObjectFiles(server.filesDir).path({ bucket_id: "lost", version }));
  expect((await storage.from("lost").info("a.txt")).error).toBeNull();
  expect((await request("/object/lost/a.txt")).status).toBe(500);
  expect((await storage.from("lost").remove(["a.txt"])).data).toHaveLength(1);
  expect(await filesOf("lost")).toEqual([]);
});

test("counts a body without Content-Length as it comes: over the bucket's limit, over 50 MiB", async () => {
  await storage.createBucket("small", { public: false, fileSizeLimit: MB });
  await storage.createBucket("large");
  for (const [bucket, chunkCount] of [
    ["small", 5],
    ["large", 51],
  ] as const) {
    const response = await request(`/object/${bucket}/chunked.bin`, {
      method: "POST",
      ...chunkedBody(chunkCount),
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: "EntityTooLarge" }),
    ]);
    expect(await filesOf(bucket)).toEqual([]);
  }
  const form = await storage.from("large").upload("form.bin", new Blob([new Uint8Array(51 * MB)]));
  expect(form.error).toMatchObject({ code: "EntityTooLarge" });
  expect(await readdir(join(server.filesDir, ".incoming"))).toEqual([]);
}, 30_000);

test("an upload that is cut off leaves no row, no file and no open handle", async () => {
  await storage.createBucket("cut");
  const abort = new AbortController();
  const { body } = chunkedBody(40, () => abort.abort());
  const init = { method: "POST", body, duplex: "half", signal: abort.signal } as RequestInit;
  await expect(request("/object/cut/a.bin", init)).rejects.toThrow();
  await expect.poll(() => readdir(join(server.filesDir, ".incoming"))).toEqual([]);
  expect((await storage.from("cut").list()).data).toEqual([]);
  await expect.poll(openFiles).toEqual([]);
});

test("a download that the client drops, HEAD, 304 and an empty object leave no handle open", async () => {
  await storage.createBucket("handles", { public: true });
  await storage.from("handles").upload("large.bin", Buffer.alloc(20 * MB));
  await storage.from("handles").upload("empty.bin", "");
  const path = "/object/public/handles/large.bin";
  for (let n = 0; n < 5; n++) {
    const abort = new AbortController();
    const response = await request(path, { signal: abort.signal });
    await response.body?.getReader().read();
    abort.abort();
  }
  const { headers } = await request(path, { method: "HEAD" });
  await request(path, { headers: { "if-none-match": headers.get("etag") as string } });
  await request(path, { headers: { range: "bytes=99999999-" } });
  await request("/object/public/handles/empty.bin");
  await expect.poll(openFiles).toEqual([]);
});

test("an upload that is replaced while it is read is read to its end", async () => {
  await storage.createBucket("readers");
  const old = Buffer.alloc(8 * MB, "o");
  await storage.from("readers").upload("a.bin", old);
  const response = await request("/object/readers/a.bin");
  await storage.from("readers").upload("a.bin", "new", { upsert: true });
  expect(Buffer.from(await response.arrayBuffer()).equals(old)).toBe(true);
  expect(await (await storage.from("readers").download("a.bin")).data?.text()).toBe("new");
});

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const authorization = `Bearer ${await server.token({ role: "service_role" })}`;
  return fetch(`${server.url}/storage/v1${path}`, {
    ...init,
    headers: { authorization, ...(init.headers as object) },
  });
}

function chunkedBody(chunkCount: number, onChunk?: () => void): { body: ReadableStream; duplex: "half" } {
  let left = chunkCount;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- === 0) return controller.close();
      controller.enqueue(new Uint8Array(MB));
      if (left < chunkCount - 2) onChunk?.();
    },
  });
  return { body, duplex: "half" };
}

async function filesOf(bucket: string): Promise<string[]> {
  const entries = await readdir(join(server.filesDir, bucket), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The paths below the objects folder that this process, which holds the server, has open. */
async function openFiles(): Promise<string[]> {
  const handles = await readdir("/proc/self/fd");
  const paths = await Promise.all(handles.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
  return paths.filter((path) => path.startsWith(server.filesDir));
}
