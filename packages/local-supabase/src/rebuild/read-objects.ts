import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { StoredObject } from "../storage/object-files.ts";

const sidecar = z.looseObject({
  bucket_id: z.string(),
  name: z.string(),
  version: z.string(),
  owner_id: z.string().nullable(),
  created_at: z.string(),
  metadata: z.looseObject({
    eTag: z.string(),
    size: z.number(),
    mimetype: z.string(),
    lastModified: z.string(),
  }),
  user_metadata: z.record(z.string(), z.unknown()).nullable(),
});

/** An object as it lies on the disk, its bytes read and found to be those of its sidecar. */
export interface FoundObject {
  object: StoredObject;
  sha256: string;
}

/** Something on the disk that cannot become a row. */
export interface Problem {
  /** Where: a path below the files, or `bucket/name`. */
  what: string;
  why: string;
}

/**
 * Reads every object's sidecar and its bytes. Buckets of thumbnails come first: a capture finds its thumbnail when it is
 * catalogued, and not later.
 */
export async function* readObjects(filesDir: string): AsyncGenerator<FoundObject | Problem> {
  const folders = (await list(filesDir)).filter((name) => !name.startsWith("."));
  const thumbs = (name: string) => name.endsWith("-thumbs");
  for (const bucket of [...folders.filter(thumbs), ...folders.filter((name) => !thumbs(name))]) {
    for (const group of await list(join(filesDir, bucket))) {
      const folder = join(filesDir, bucket, group);
      const names = await list(folder);
      const present = new Set(names);
      for (const name of names) {
        const where = `${bucket}/${group}/${name}`;
        if (name.endsWith(".json")) yield await readObject(folder, name, where);
        else if (!present.has(`${name}.json`))
          yield { what: where, why: "it has no sidecar, so nothing says what it is" };
      }
    }
  }
}

async function readObject(folder: string, name: string, where: string): Promise<FoundObject | Problem> {
  let object: StoredObject;
  try {
    object = sidecar.parse(JSON.parse(await readFile(join(folder, name), "utf8"))) as unknown as StoredObject;
  } catch {
    return { what: where, why: "the sidecar is not one of an object" };
  }
  const what = `${object.bucket_id}/${object.name}`;
  const bytes = await hashFile(join(folder, name.slice(0, -".json".length))).catch(() => undefined);
  if (!bytes)
    return { what, why: `its file ${where.slice(0, -".json".length)} is missing or cannot be read` };
  if (bytes.size !== object.metadata.size) {
    return { what, why: `its file has ${bytes.size} bytes, it was stored with ${object.metadata.size}` };
  }
  // A resumable upload's eTag may be of parts; then the capture's own SHA-256 is what tells.
  const eTag = object.metadata.eTag.replaceAll('"', "");
  if (/^[0-9a-f]{32}$/.test(eTag) && eTag !== bytes.md5)
    return { what, why: "its file is not what was stored (the MD5 differs)" };
  return { object, sha256: bytes.sha256 };
}

async function hashFile(path: string): Promise<{ size: number; sha256: string; md5: string }> {
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  let size = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    sha256.update(chunk);
    md5.update(chunk);
  }
  return { size, sha256: sha256.digest("hex"), md5: md5.digest("hex") };
}

async function list(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort();
}
