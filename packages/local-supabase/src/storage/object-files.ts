import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type Content,
  ignoreMissing,
  isMissing,
  linkOrCopy,
  syncFolder,
  writeHashed,
} from "./durable-file.ts";

/** The jsonb `metadata` of an object's row. */
export interface ObjectMetadata {
  /** The MD5 of the content in hex, in double quotes. */
  eTag: string;
  size: number;
  mimetype: string;
  cacheControl: string;
  lastModified: string;
  contentLength: number;
  httpStatusCode: 200;
}

/** One version of an object, as its row says it, and the sidecar beside its file: enough to remake the row. */
export interface StoredObject {
  bucket_id: string;
  name: string;
  /** A UUID of this content at this name: never used again, and the name of the file. */
  version: string;
  owner_id: string | null;
  created_at: string;
  metadata: ObjectMetadata;
  user_metadata: Record<string, unknown>;
}

/** Which file: the object's name plays no part, so `x` and `x/y` cannot meet on disk. */
export type FileRef = Pick<StoredObject, "bucket_id" | "version">;

/**
 * The bytes of all objects, under one folder:
 *
 *     <bucket>/<vv>/<version>        the content, immutable (vv: first two digits of the version)
 *     <bucket>/<vv>/<version>.json   its sidecar: the row is committed
 *     .pending/<version>.json        its sidecar: only the database knows whether the row is there
 *     .incoming/<version>            being received
 *     .tus/                          resumable uploads
 *
 * The order of a write makes a crash harmless: content and sidecar in .pending (fsync), content into place (fsync of
 * both folders), row, sidecar beside the content. The order of a removal: sidecar to .pending, row, files.
 * So whatever lies in .pending at start is settled by asking the database, and .incoming is rubbish.
 */
export class ObjectFiles {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Makes the folders and throws away what was being received when the last process died. */
  async open(): Promise<void> {
    await rm(join(this.dir, ".incoming"), { recursive: true, force: true });
    for (const name of [".incoming", ".pending", ".tus"])
      await mkdir(join(this.dir, name), { recursive: true, mode: 0o700 });
  }

  /**
   * Receives a body, hashing on the way, and puts it into place, durable: its row may then be written. Whatever fails
   * leaves no trace.
   * @param options.describe makes the object of what came in
   * @throws {StorageApiError} EntityTooLarge as soon as more than `limitBytes` have come, whatever Content-Length said
   */
  async store(
    ref: FileRef,
    body: AsyncIterable<Uint8Array>,
    options: { limitBytes: number; describe: (received: Content) => StoredObject },
  ): Promise<StoredObject> {
    return this.#orDiscard(ref, async () => {
      const path = this.#incoming(ref.version);
      const object = await this.#receive(path, body, options);
      await this.#place(object, (to) => rename(path, to));
      return object;
    });
  }

  /** The same for content that is already a file here: a hard link, so no byte is copied. */
  async storeCopy(object: StoredObject, source: FileRef | string): Promise<void> {
    const from = typeof source === "string" ? source : this.path(source);
    await this.#orDiscard(object, async () => {
      await this.#announce(object);
      await this.#place(object, (to) => linkOrCopy(from, to));
    });
  }

  /** The row is committed. Where no sidecar waits (its file was lost), there is nothing to do. */
  async settle(ref: FileRef): Promise<void> {
    await ignoreMissing(rename(this.#pending(ref.version), this.#sidecar(ref)));
  }

  /** The row may be about to go: from here on the database decides. A sidecar that is missing stays missing. */
  async suspend(ref: FileRef): Promise<void> {
    await ignoreMissing(rename(this.#sidecar(ref), this.#pending(ref.version)));
  }

  /** Removes every trace of a version that no row names. */
  async discard(ref: FileRef): Promise<void> {
    // The sidecar in .pending goes last: until then another start would try again.
    for (const path of [
      this.#incoming(ref.version),
      this.path(ref),
      this.#sidecar(ref),
      this.#pending(ref.version),
    ]) {
      await ignoreMissing(unlink(path));
    }
  }

  /** Everything whose row is in doubt. */
  async pending(): Promise<StoredObject[]> {
    const names = await readdir(join(this.dir, ".pending"));
    const objects = await Promise.all(
      names.map((name) => this.#readPending(join(this.dir, ".pending", name))),
    );
    return objects.filter((object) => object !== undefined);
  }

  /** Where the content of a version lies. */
  path({ bucket_id, version }: FileRef): string {
    return join(this.dir, bucketFolder(bucket_id), version.slice(0, 2), version);
  }

  async #receive(
    path: string,
    body: AsyncIterable<Uint8Array>,
    { limitBytes, describe }: Parameters<ObjectFiles["store"]>[2],
  ): Promise<StoredObject> {
    const handle = await open(path, "wx", 0o600);
    try {
      const object = describe(await writeHashed(handle, body, limitBytes));
      await Promise.all([handle.sync(), this.#announce(object)]);
      return object;
    } finally {
      await handle.close();
    }
  }

  async #orDiscard<T>(ref: FileRef, store: () => Promise<T>): Promise<T> {
    try {
      return await store();
    } catch (error) {
      await this.discard(ref);
      throw error;
    }
  }

  async #announce(object: StoredObject): Promise<void> {
    const handle = await open(this.#pending(object.version), "wx", 0o600);
    try {
      await handle.writeFile(JSON.stringify(object));
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #place(object: StoredObject, put: (path: string) => Promise<void>): Promise<void> {
    const path = this.path(object);
    try {
      await put(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await put(path);
      await syncFolder(dirname(dirname(path)));
      await syncFolder(this.dir);
    }
    await Promise.all([syncFolder(dirname(path)), syncFolder(join(this.dir, ".pending"))]);
  }

  /** A sidecar that is cut off was never followed by a row: it is fsynced before. */
  async #readPending(path: string): Promise<StoredObject | undefined> {
    const text = await readFile(path, "utf8");
    try {
      return JSON.parse(text) as StoredObject;
    } catch {
      await rm(path, { force: true });
      return undefined;
    }
  }

  #incoming(version: string): string {
    return join(this.dir, ".incoming", version);
  }

  #pending(version: string): string {
    return join(this.dir, ".pending", `${version}.json`);
  }

  #sidecar(ref: FileRef): string {
    return `${this.path(ref)}.json`;
  }
}

/** A bucket's folder: readable, never hidden, never `..`, never longer than a file name may be. */
function bucketFolder(bucketId: string): string {
  const name = encodeURIComponent(bucketId).replaceAll(".", "%2E").replaceAll("*", "%2A");
  return name.length <= 200 ? name : createHash("sha256").update(bucketId).digest("hex");
}
