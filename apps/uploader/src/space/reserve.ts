import { randomBytes } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { readDiskUsage } from "./disk-usage.ts";

/** A file that only holds space, given up when the disk is full so that proofs can still be written. */
export interface Reserve {
  /**
   * Makes the file if it is not there and the disk has room for it twice over. Tells whether it is there now. A disk
   * without room is no error; another call tries again.
   */
  make(): Promise<boolean>;
  /** Gives the space back to the disk. Tells whether there was any. */
  giveUp(): Promise<boolean>;
  /**
   * Runs `fn`; when it fails because the disk is full, gives up the reserve and runs it once more. So `fn` must be
   * safe to run twice: one transaction, or one atomic write.
   */
  run<T>(fn: () => T | Promise<T>): Promise<T>;
}

/** 16 MiB: the journal's next ten thousand proofs. */
const RESERVE_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
/** SQLITE_FULL, as node:sqlite reports it. */
const SQLITE_FULL = 13;

/** Opens the reserve at `path`, which should lie beside the journal. Nothing is written before `make`. */
export function openReserve(path: string, sizeBytes = RESERVE_BYTES): Reserve {
  const reserve: Reserve = {
    async make() {
      if (await holds(path, sizeBytes)) return true;
      const { availableBytes } = await readDiskUsage(dirname(path));
      if (availableBytes < 2 * sizeBytes) return false;
      return await write(path, sizeBytes);
    },
    async giveUp() {
      const before = await stat(path).catch(() => null);
      await rm(path, { force: true });
      return before !== null;
    },
    async run(fn) {
      try {
        return await fn();
      } catch (error) {
        if (!isDiskFull(error) || !(await reserve.giveUp())) throw error;
        return await fn();
      }
    },
  };
  return reserve;
}

/** Whether an error says that the disk is full, be it the file system's or SQLite's. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || errcode === SQLITE_FULL || isDiskFull(error.cause);
}

/** Real blocks: a hole would promise space that is not there. */
async function holds(path: string, sizeBytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && found.size >= sizeBytes && found.blocks * 512 >= sizeBytes;
}

/** Random bytes, as some file systems store zeros in no space at all. */
async function write(path: string, sizeBytes: number): Promise<boolean> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      for (let written = 0; written < sizeBytes; written += PIECE_BYTES) {
        await file.writeFile(randomBytes(Math.min(PIECE_BYTES, sizeBytes - written)));
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return true;
  } catch (error) {
    await rm(temporary, { force: true });
    if (isDiskFull(error)) return false;
    throw error;
  }
}
