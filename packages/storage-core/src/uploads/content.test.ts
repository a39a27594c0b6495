import { createHash, randomBytes } from "node:crypto";
import { appendFile, mkdtemp, open, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFileContent, STANDARD_UPLOAD_MAX_BYTES } from "./content.ts";
import { openSource } from "./source.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pilab-content-"));
});
afterAll(() => rm(folder, { recursive: true }));

const maxBytes = 20 * 1024 * 1024;
const takeMemory = async () => {};
const read = (path: string, options: Partial<Parameters<typeof readFileContent>[1]> = {}) =>
  readFileContent(path, { maxBytes, takeMemory, ...options });

/** Runs `change` between the first look at the file and the reading of its bytes. */
const meanwhile = (change: () => Promise<unknown>) => ({ takeMemory: change });

async function make(name: string, bytes: Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const hex = (algorithm: string, bytes: Buffer) => createHash(algorithm).update(bytes).digest("hex");

describe("readFileContent", () => {
  test.each([
    ["small", 1000],
    ["of exactly a standard upload", STANDARD_UPLOAD_MAX_BYTES],
    ["large", STANDARD_UPLOAD_MAX_BYTES + 12_345],
  ])("hashes a %s file as any other tool would", async (title, size) => {
    const bytes = Buffer.alloc(size, "pilab");
    const content = await read(await make(`${title}.jpg`, bytes));
    expect(content).toMatchObject({
      fileName: `${title}.jpg`,
      sizeBytes: size,
      sha256: hex("sha256", bytes),
      md5: hex("md5", bytes),
    });
    expect(content.bytes).toBeNull();
    expect(Buffer.from(await content.read(3, 13))).toEqual(bytes.subarray(3, 13));
  });

  test("gives a large file in pieces that lie in the same memory, and stops when it changes meanwhile", async () => {
    const bytes = randomBytes(STANDARD_UPLOAD_MAX_BYTES + 1000);
    const path = await make("pieces.jpg", bytes);
    const content = await read(path);
    const memories = new Set<ArrayBufferLike>();
    let at = 10;
    for await (const piece of content.pieces(10, bytes.length)) {
      expect(Buffer.compare(piece, bytes.subarray(at, at + piece.byteLength))).toBe(0);
      at += piece.byteLength;
      memories.add(piece.buffer);
    }
    expect(at).toBe(bytes.length);
    expect(memories.size).toBe(1);
    const pieces = content.pieces(0, bytes.length);
    await pieces.next();
    await appendFile(path, "more");
    await expect(pieces.next()).rejects.toMatchObject({ code: "file_changed" });
  });

  test("takes memory for what it reads at once: a small file's size, of a large one a little", async () => {
    const taken: number[] = [];
    const options = { takeMemory: async (bytes: number) => taken.push(bytes) };
    await read(await make("small.jpg", Buffer.alloc(10)), options);
    await read(await make("large.jpg", Buffer.alloc(STANDARD_UPLOAD_MAX_BYTES + 1)), options);
    expect(taken).toEqual([10, 256 * 1024]);
  });

  const changes: [string, (path: string) => Promise<unknown>][] = [
    ["grows", (path) => appendFile(path, "more")],
    ["is cut", (path) => writeFile(path, "")],
    [
      "is written over with as many bytes",
      async (path) => {
        const file = await open(path, "r+");
        await file.write("X", 0);
        await file.close();
        await utimes(path, new Date(), new Date(Date.now() + 5000));
      },
    ],
    [
      "is replaced by renaming",
      async (path) => rename(await make("fresh.jpg", Buffer.from("0123456789")), path),
    ],
    ["is removed", (path) => rm(path)],
  ];
  test.each(changes)("refuses a file that %s while it is read", async (title, change) => {
    const path = await make(`${title}.jpg`, Buffer.from("0123456789"));
    await expect(
      read(
        path,
        meanwhile(() => change(path)),
      ),
    ).rejects.toMatchObject({
      code: "file_changed",
      message: `${title}.jpg changed while it was read`,
    });
  });

  test.each(changes)("gives no bytes of a file that %s after it was hashed", async (title, change) => {
    const path = await make(`late ${title}.jpg`, Buffer.alloc(STANDARD_UPLOAD_MAX_BYTES + 10));
    const content = await read(path);
    await change(path);
    await expect(content.read(0, 10)).rejects.toMatchObject({ code: "file_changed" });
  });

  test("refuses an empty file, one above the limit, and one that is not there", async () => {
    await expect(read(await make("empty.jpg", Buffer.alloc(0)))).rejects.toMatchObject({
      code: "file_empty",
      message: "empty.jpg is empty",
    });
    await expect(read(await make("big.jpg", Buffer.alloc(11)), { maxBytes: 10 })).rejects.toMatchObject({
      code: "too_large",
      message: "big.jpg has 11 bytes, MAX_FILE_SIZE allows 10",
    });
    await expect(read(join(folder, "none.jpg"))).rejects.toMatchObject({ code: "file_unreadable" });
    await expect(read(folder, { fileName: "a folder" })).rejects.toMatchObject({
      code: "file_unreadable",
      message: "a folder cannot be read: it is no file",
    });
  });
});

describe("openSource", () => {
  const options = { maxBytes, takeMemory };

  test("holds a short stream in memory", async () => {
    const { content } = await openSource(Readable.from([Buffer.from("ab"), Buffer.from("cd")]), {
      ...options,
      fileName: "stream.jpg",
    });
    expect(content).toMatchObject({
      fileName: "stream.jpg",
      sizeBytes: 4,
      sha256: hex("sha256", Buffer.from("abcd")),
    });
    expect(content.bytes?.toString()).toBe("abcd");
  });

  test("spills a long stream to the disk and removes the file afterwards", async () => {
    const chunk = Buffer.alloc(1024 * 1024, "x");
    const chunks = Array.from({ length: 8 }, () => chunk);
    const { content, close } = await openSource(Readable.from(chunks), options);
    expect(content).toMatchObject({
      sizeBytes: 8 * chunk.length,
      sha256: hex("sha256", Buffer.concat(chunks)),
      bytes: null,
    });
    expect(await content.read(0, 2)).toEqual(Buffer.from("xx"));
    await close();
    await expect(content.read(0, 2)).rejects.toMatchObject({ code: "file_changed" });
  });

  test("stops an endless stream at the limit, and closes it", async () => {
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(1024 * 1024);
      } finally {
        closed = true;
      }
    }
    await expect(openSource(endless(), { ...options, fileName: "endless" })).rejects.toMatchObject({
      code: "too_large",
      message: `endless has more than the ${maxBytes} bytes that MAX_FILE_SIZE allows`,
    });
    expect(closed).toBe(true);
  });
});
