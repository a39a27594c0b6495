import { lstatSync, realpathSync, unlinkSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { PilabError } from "@pilab/schema";

/** The file that was stored, as the journal knows it. */
export interface CopyIdentity {
  path: string;
  device: bigint;
  inode: bigint;
  sizeBytes: number;
  mtimeNs: bigint;
}

/**
 * What became of a copy: `freed`; `gone` already; `changed`, so that other bytes lie there now and stay;
 * `outside` the folders in which freeing is allowed, and stays; `remounted`, the same on a disk of another number, and
 * stays until the journal knows that.
 */
export type FreeResult = "freed" | "gone" | "changed" | "outside" | "remounted";

/**
 * Deletes one local copy, if it is still the very file that was stored and lies in one of `roots` after all links are
 * followed. Call it only for a copy whose proof is already in the journal, synced.
 *
 * Look and deletion are one synchronous step: of this process nothing comes between, of another a few microseconds.
 *
 * @param roots the agent's own spool, and folders that the user gave free with `--free`
 * @throws PilabError `file_unreadable` where the file system refuses
 */
export function freeCopy(copy: CopyIdentity, roots: readonly string[]): FreeResult {
  try {
    const folder = realpathSync(dirname(copy.path));
    if (!roots.some((root) => isInside(folder, root))) return "outside";
    const path = join(folder, basename(copy.path));
    const found = lstatSync(path, { bigint: true });
    const same =
      found.isFile() &&
      found.ino === copy.inode &&
      found.size === BigInt(copy.sizeBytes) &&
      found.mtimeNs === copy.mtimeNs;
    if (!same) return "changed";
    if (found.dev !== copy.device) return "remounted";
    unlinkSync(path);
    return "freed";
  } catch (error) {
    if (isGone(error)) return "gone";
    throw new PilabError("file_unreadable", `The local copy ${copy.path} cannot be freed: ${String(error)}`, {
      hint: "The agent needs the right to write in that folder; `pilab-uploader doctor` looks at it.",
      cause: error,
    });
  }
}

/** A root that is not there frees nothing. */
function isInside(realFolder: string, root: string): boolean {
  try {
    const realRoot = realpathSync(root);
    return (
      realFolder === realRoot || realFolder.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)
    );
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
