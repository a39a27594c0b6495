import { link, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { type ErrorCode, isPilabError, PilabError } from "@pilab/schema";
import { inspectCapture } from "@pilab/storage-core/device";

/** What {@link publishPictures} did. */
export interface Published {
  /** Paths in the spool. */
  paths: string[];
  /** Files that were no whole picture, and are gone. */
  refused: { name: string; error: unknown }[];
  /** Whole for all that is known, and still in the hidden folder: the disk is full, or a name is taken. */
  kept: { name: string; error: unknown }[];
}

const CONTENT_FAULTS: ReadonlySet<ErrorCode> = new Set(["file_empty", "file_truncated", "not_a_capture"]);

/**
 * Moves what a camera wrote into its hidden folder on into the spool, each picture whole or not at all: its structure is
 * complete, its bytes are on the disk, and its name appears in one step and replaces nothing. A picture's sidecar goes
 * before it. What is no picture is removed; what could not be moved stays, with its sidecars, for the next call, as does
 * what a power cut leaves.
 */
export async function publishPictures(hidden: string, folder: string): Promise<Published> {
  const names = (await readdir(hidden)).sort();
  const published: Published = { paths: [], refused: [], kept: [] };
  const stay = new Set<string>();
  for (const name of names.filter((candidate) => !isSidecar(candidate))) {
    try {
      await check(join(hidden, name));
      for (const sidecar of sidecarsOf(name, names))
        await moveIn(join(hidden, sidecar), join(folder, sidecar));
      await moveIn(join(hidden, name), join(folder, name));
      published.paths.push(join(folder, name));
    } catch (error) {
      if (isPilabError(error) && CONTENT_FAULTS.has(error.code)) published.refused.push({ name, error });
      else {
        published.kept.push({ name, error });
        for (const kept of [name, ...sidecarsOf(name, names)]) stay.add(kept);
      }
    }
  }
  if (published.paths.length > 0) await syncFolder(folder);
  for (const name of names.filter((one) => !stay.has(one)))
    await rm(join(hidden, name), { force: true, recursive: true });
  return published;
}

/** `x.jpg.json` and `x.json` of `x.jpg`; the latter may have gone with `x.dng`. */
function sidecarsOf(picture: string, names: readonly string[]): string[] {
  const candidates = [`${picture}.json`, `${basename(picture, extname(picture))}.json`];
  return candidates.filter((candidate) => names.includes(candidate));
}

async function check(path: string): Promise<void> {
  const fileName = basename(path);
  const file = await open(path, "r");
  try {
    const found = await file.stat();
    const sizeBytes = found.size;
    if (!found.isFile()) throw new PilabError("not_a_capture", `${fileName} is no file`);
    await inspectCapture({ path, sizeBytes }, { fileName, measures: false, thumbnail: false });
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * A link fails where a name is taken, be it by this very file before a crash; file systems without links, as on USB
 * sticks, rename.
 */
async function moveIn(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await rm(from);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" && isSidecar(from)) return; // It went with another picture of its stem.
    if (code === "EEXIST" && (await readFile(from)).equals(await readFile(to))) return await rm(from);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
    await rename(from, to);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isSidecar(name: string): boolean {
  return name.endsWith(".json");
}
