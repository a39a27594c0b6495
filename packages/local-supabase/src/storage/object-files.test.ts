import type { FileHandle } from "node:fs/promises";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ObjectFiles, type StoredObject } from "./object-files.ts";

const { steps } = vi.hoisted(() => ({
  steps: [] as { did: "fsync" | "rename"; path: string; to?: string }[],
}));

// The real calls, written down once they are through.
vi.mock("node:fs/promises", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs/promises")>();
  const open = async (path: string, ...rest: []): Promise<FileHandle> => {
    const handle = await fs.open(path, ...rest);
    const sync = handle.sync.bind(handle);
    handle.sync = async () => {
      await sync();
      steps.push({ did: "fsync", path });
    };
    return handle;
  };
  const rename = async (path: string, to: string): Promise<void> => {
    await fs.rename(path, to);
    steps.push({ did: "rename", path, to });
  };
  return { ...fs, open, rename };
});

let dir: string;
let files: ObjectFiles;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "pilab-objects-"));
  files = new ObjectFiles(dir);
  await files.open();
  steps.length = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const VERSION = "ab000000-0000-4000-8000-000000000000";
const REF = { bucket_id: "b", version: VERSION };

test("content and sidecar are fsynced before the rename, both folders after it, and only then may the row be written", async () => {
  await store("first"); // makes the folders, which are fsynced too
  await files.discard(REF);
  steps.length = 0;
  await store("content");
  steps.push({ did: "rename", path: "the row is written here", to: "" });
  await files.settle(REF);
  const said = steps.map(({ did, path, to }) =>
    [did, ...[path, to].flatMap((p) => (p ? [relative(dir, p)] : []))].join(" "),
  );
  expect(said.slice(0, 2).sort()).toEqual([`fsync .incoming/${VERSION}`, `fsync .pending/${VERSION}.json`]);
  expect(said[2]).toBe(`rename .incoming/${VERSION} b/ab/${VERSION}`);
  expect(said.slice(3, 5).sort()).toEqual(["fsync .pending", "fsync b/ab"]);
  expect(said[5]).toContain("the row is written here");
  expect(said[6]).toBe(`rename .pending/${VERSION}.json b/ab/${VERSION}.json`);
});

test("folders that are new are fsynced up to the root", async () => {
  await store("content");
  const synced = steps.filter(({ did }) => did === "fsync").map(({ path }) => relative(dir, path));
  expect(synced).toEqual(expect.arrayContaining(["", "b", "b/ab", ".pending"]));
});

test.each([
  [
    "a body that fails",
    async function* () {
      yield Buffer.from("half");
      throw new Error("cut off");
    },
    "cut off",
  ],
  [
    "a body over the limit",
    async function* () {
      yield Buffer.alloc(101);
    },
    "maximum allowed size",
  ],
])("%s leaves no trace", async (_what, body, message) => {
  await expect(files.store(REF, body(), { limitBytes: 100, describe: object })).rejects.toThrow(message);
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  expect(entries.filter((entry) => entry.isFile())).toEqual([]);
});

test.each([
  ["..", "%2E%2E"],
  [".tus", "%2Etus"],
  ["a b*", "a%20b%2A"],
  ["pilab-dev", "pilab-dev"],
])("the folder of bucket %j is %s", (bucket, folder) => {
  expect(relative(dir, files.path({ ...REF, bucket_id: bucket }))).toBe(join(folder, "ab", VERSION));
});

test("a bucket's folder is never longer than a file name may be", () => {
  const [folder] = relative(dir, files.path({ ...REF, bucket_id: "&".repeat(100) })).split("/");
  expect(folder).toMatch(/^[0-9a-f]{64}$/);
});

test("a copy is a name more for the same bytes, and survives its source", async () => {
  await store("shared");
  const copy = {
    ...object({ size: 6, eTag: '"x"' }),
    version: "cd000000-0000-4000-8000-000000000000",
    bucket_id: "other",
  };
  await files.storeCopy(copy, REF);
  await files.discard(REF);
  expect(await readFile(files.path(copy), "utf8")).toBe("shared");
});

function store(content: string): Promise<StoredObject> {
  async function* body() {
    yield Buffer.from(content);
  }
  return files.store(REF, body(), { limitBytes: 100, describe: object });
}

function object(received: { size: number; eTag: string }): StoredObject {
  const now = new Date().toISOString();
  const text = {
    mimetype: "text/plain",
    cacheControl: "no-cache",
    lastModified: now,
    httpStatusCode: 200,
  } as const;
  const metadata = { ...received, ...text, contentLength: received.size };
  return { ...REF, name: "a.txt", owner_id: null, created_at: now, user_metadata: {}, metadata };
}
