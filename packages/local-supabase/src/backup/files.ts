import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { PilabError } from "@pilab/schema";
import { ObjectFiles, type StoredObject } from "../storage/object-files.ts";
import type { FileEntry } from "./manifest.ts";
import { sync } from "./rows.ts";

const AT_ONCE = 8;

/** What one object's copy came to: its two files, or nothing where the file was gone. */
export interface CopiedObject {
  object: StoredObject;
  entries: FileEntry[] | undefined;
}

/** The objects that a dump of storage.objects names, one at a time: there may be millions. */
export async function* readDumpedObjects(path: string): AsyncGenerator<StoredObject> {
  for await (const line of readLines(path)) {
    const { bucket_id, name, version, owner_id, created_at, metadata, user_metadata } = JSON.parse(
      line,
    ) as StoredObject;
    if (version)
      yield { bucket_id, name, version, owner_id, created_at, metadata, user_metadata: user_metadata ?? {} };
  }
}

/**
 * Copies each object's file and its sidecar. The hashes are the source's: reading the copy again proves it.
 *
 * @throws PilabError `server_lied` when a file has not the size that its row says
 */
export async function* copyObjects(
  objects: AsyncIterable<StoredObject>,
  fromDir: string,
  toDir: string,
): AsyncGenerator<CopiedObject> {
  const from = new ObjectFiles(fromDir);
  const to = new ObjectFiles(toDir);
  const copy = async (object: StoredObject) => ({
    object,
    entries: await copyObject(object, { from: from.path(object), to: to.path(object), toDir }),
  });
  let running: Promise<CopiedObject>[] = [];
  for await (const object of objects) {
    running.push(copy(object));
    if (running.length < AT_ONCE) continue;
    yield* await Promise.all(running);
    running = [];
  }
  yield* await Promise.all(running);
}

async function copyObject(
  object: StoredObject,
  { from, to, toDir }: { from: string; to: string; toDir: string },
): Promise<FileEntry[] | undefined> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  try {
    await copyFile(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  await sync(to);
  // A source that is removed after it was copied was whole until then.
  const content = await hashFile(from).catch(() => hashFile(to));
  if (content.size !== object.metadata.size) {
    throw new PilabError(
      "server_lied",
      `${from} has ${content.size} bytes, its row says ${object.metadata.size}`,
      {
        hint: "The file is damaged: pilab-local rebuild names all such files.",
      },
    );
  }
  // From the row, not from the disk: there the sidecar may still be on its way.
  const sidecar = JSON.stringify(object);
  await writeFile(`${to}.json`, sidecar, { mode: 0o600, flush: true });
  const path = to.slice(toDir.length + 1).replaceAll("\\", "/");
  const sidecarHash = createHash("sha256").update(sidecar).digest("hex");
  return [
    { path, ...content },
    { path: `${path}.json`, size: Buffer.byteLength(sidecar), sha256: sidecarHash },
  ];
}

/** Reads a file once and gives its size and hash. */
export async function hashFile(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    hash.update(chunk);
  }
  return { size, sha256: hash.digest("hex") };
}

/** Reads every listed file again and names those that are missing or differ. */
export async function findDamaged(
  dir: string,
  entries: Iterable<Pick<FileEntry, "path" | "sha256">> | AsyncIterable<FileEntry>,
): Promise<string[]> {
  const damaged: string[] = [];
  for await (const { path, sha256 } of entries) {
    const found = await hashFile(join(dir, path)).catch(() => undefined);
    if (found?.sha256 !== sha256) damaged.push(path);
  }
  return damaged;
}

/** Reads a backup's list of files. */
export async function* readFileList(path: string): AsyncGenerator<FileEntry> {
  for await (const line of readLines(path)) yield JSON.parse(line) as FileEntry;
}

function readLines(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
}
