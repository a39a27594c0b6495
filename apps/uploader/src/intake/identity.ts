import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { FileIdentity } from "../journal/types.ts";

/** The version of a file that lies under a path now; undefined when there is no file. Follows links. */
export async function identify(path: string): Promise<FileIdentity | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const { dev, ino, size, mtimeNs } = found;
  return { path, device: dev, inode: ino, sizeBytes: Number(size), mtimeNs };
}

/** Whether two looks saw the same file in the same state. */
export function isSameVersion(a: FileIdentity, b: FileIdentity): boolean {
  return (
    a.device === b.device && a.inode === b.inode && a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs
  );
}

/**
 * What became of a file that was taken in: `there` as it was, `changed` into another version, `gone` for good, or
 * `away` with a disk that is not mounted now, or cannot be read, and may come back.
 */
export async function findAgain(file: FileIdentity): Promise<"there" | "changed" | "gone" | "away"> {
  const found = await stat(file.path, { bigint: true }).catch((error: NodeJS.ErrnoException) => error.code);
  if (typeof found === "object") {
    const now = await identify(file.path);
    // Its disk may have been mounted anew.
    const isThere = now !== undefined && isSameVersion({ ...now, device: file.device }, file);
    return isThere ? "there" : "changed";
  }
  if (found !== "ENOENT" && found !== "ENOTDIR") return "away";
  return (await deviceAbove(file.path)) === file.device ? "gone" : "away";
}

/** The disk of the nearest folder above that exists: an empty mount point lies on another than its files did. */
async function deviceAbove(path: string): Promise<bigint | undefined> {
  const folder = dirname(path);
  const found = await stat(folder, { bigint: true }).catch(() => undefined);
  if (found !== undefined) return found.dev;
  return folder === path ? undefined : await deviceAbove(folder);
}
