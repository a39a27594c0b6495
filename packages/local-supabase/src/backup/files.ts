import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PilabError } from "@pilab/schema";
import type { Tx } from "../engine.ts";
import type { StoredObject } from "../storage/object-files.ts";
import { ObjectFiles } from "../storage/object-files.ts";
import type { FileEntry } from "./manifest.ts";
import { sync } from "./rows.ts";

const AT_ONCE = 4;

/** What one object's copy came to: its two files, or nothing where the file was gone. */
export interface CopiedObject {
  object: StoredObject;
  entries: FileEntry[] | undefined;
}

/** The objects that the database names, in a stable order; none where it has no storage of ours. */
export async function listObjects(tx: Tx): Promise<StoredObject[]> {
  const { rows: found } = await tx.query<{ here: boolean }>(
    "select to_regclass('storage.objects') is not null as here",
  );
  if (!found[0]?.here) return [];
  const { rows } = await tx.query<StoredObject>(
    `select bucket_id, name, version, owner_id, created_at, metadata, user_metadata from storage.objects
     where version is not null order by bucket_id, version`,
  );
  return rows;
}

/**
 * Copies each object's file and its sidecar, and reads the copy again: what is listed is what lies there, byte for byte.
 *
 * @throws PilabError `server_lied` when a copy differs from its source
 */
export async function* copyObjects(
  objects: readonly StoredObject[],
  fromDir: string,
  toDir: string,
): AsyncGenerator<CopiedObject> {
  const from = new ObjectFiles(fromDir);
  const to = new ObjectFiles(toDir);
  for (let start = 0; start < objects.length; start += AT_ONCE) {
    yield* await Promise.all(
      objects.slice(start, start + AT_ONCE).map(async (object) => ({
        object,
        entries: await copyObject(object, from.path(object), to.path(object), toDir),
      })),
    );
  }
}

async function copyObject(
  object: StoredObject,
  from: string,
  to: string,
  toDir: string,
): Promise<FileEntry[] | undefined> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  try {
    await copyFile(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  await sync(to);
  const [source, copy] = await Promise.all([sha256OfFile(from).catch(() => undefined), sha256OfFile(to)]);
  // A source that went after it was copied was immutable until then.
  if (source && source.sha256 !== copy.sha256)
    throw new PilabError("server_lied", `${to} does not hold the bytes of ${from}`);
  if (copy.size !== object.metadata.size) {
    throw new PilabError(
      "server_lied",
      `${from} has ${copy.size} bytes, its row says ${object.metadata.size}`,
    );
  }
  // From the row, not from the disk: there the sidecar may still be on its way.
  const sidecar = JSON.stringify(object);
  await writeFile(`${to}.json`, sidecar, { mode: 0o600, flush: true });
  const relative = to.slice(toDir.length + 1).replaceAll("\\", "/");
  const sidecarHash = createHash("sha256").update(sidecar).digest("hex");
  return [
    { path: relative, ...copy },
    { path: `${relative}.json`, size: Buffer.byteLength(sidecar), sha256: sidecarHash },
  ];
}

/** Reads a file once and gives its size and hash. */
export async function sha256OfFile(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    hash.update(chunk);
  }
  return { size, sha256: hash.digest("hex") };
}

/** Reads every listed file again and names those that are missing or differ. */
export async function findDamaged(dir: string, entries: readonly FileEntry[]): Promise<string[]> {
  const damaged: string[] = [];
  for (const entry of entries) {
    const found = await sha256OfFile(join(dir, entry.path)).catch(() => undefined);
    if (found?.sha256 !== entry.sha256) damaged.push(entry.path);
  }
  return damaged;
}

/** Reads a backup's list of files. */
export async function readFileList(path: string): Promise<FileEntry[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as FileEntry);
}
