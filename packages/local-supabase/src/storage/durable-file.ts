import { createHash } from "node:crypto";
import { copyFile, type FileHandle, link, open } from "node:fs/promises";
import { refuse } from "./errors.ts";

/** What the bytes of a file are, for its row. */
export interface Content {
  size: number;
  /** Their MD5 in hex, in double quotes. */
  eTag: string;
}

// A standard upload of a picture is one or two writes; more buffering gains nothing.
const WRITE_BYTES = 1024 * 1024;

/**
 * Writes a body to an open file, hashing on the way. It is not durable before `handle.sync()`.
 * @throws {StorageApiError} EntityTooLarge as soon as more than `limitBytes` have come
 */
export async function writeHashed(
  handle: FileHandle,
  body: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<Content> {
  const md5 = createHash("md5");
  let size = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const flush = async (): Promise<void> => {
    if (heldBytes > 0)
      await handle.writeFile(held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held, heldBytes));
    held = [];
    heldBytes = 0;
  };
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limitBytes) throw refuse.entityTooLarge();
    md5.update(chunk);
    held.push(chunk);
    heldBytes += chunk.byteLength;
    if (heldBytes >= WRITE_BYTES) await flush();
  }
  await flush();
  return { size, eTag: `"${md5.digest("hex")}"` };
}

/** Gives a file a second name, durable with the folder of that name. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // A file system without hard links (FAT, some network shares).
    if (
      !["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "EXDEV"].includes(
        (error as NodeJS.ErrnoException).code ?? "",
      )
    )
      throw error;
    await copyFile(from, to);
    const handle = await open(to, "r+");
    await handle.sync().finally(() => handle.close());
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return; // a folder cannot be opened there
  const handle = await open(path, "r");
  await handle.sync().finally(() => handle.close());
}

/** Whether a call failed because the file is not there. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

/** Lets a call fail quietly where the file is not there. */
export async function ignoreMissing(operation: Promise<void>): Promise<void> {
  await operation.catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** Reads a file once for its size and eTag, and makes it durable. */
export async function hashFile(path: string): Promise<Content> {
  const handle = await open(path, "r+");
  try {
    const md5 = createHash("md5");
    let size = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 })) {
      md5.update(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    await handle.sync();
    return { size, eTag: `"${md5.digest("hex")}"` };
  } finally {
    await handle.close();
  }
}
