import { link, open, readdir, rename, rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { inspectCapture } from "@pilab/storage-core/device";

/** What {@link publishPictures} did. */
export interface Published {
  /** Paths in the spool. */
  paths: string[];
  /** Files that were no whole picture, and are gone. */
  refused: { name: string; error: unknown }[];
}

/**
 * Moves what a camera wrote into its hidden folder on into the spool, each picture whole or not at all: its structure is
 * complete, its bytes are on the disk, and its name appears in one step and replaces nothing. A picture's sidecar goes
 * before it. The hidden folder is empty then, so that what a power cut left there is published by the same call.
 */
export async function publishPictures(hidden: string, folder: string): Promise<Published> {
  const names = (await readdir(hidden)).sort();
  const published: Published = { paths: [], refused: [] };
  for (const name of names.filter((candidate) => !isSidecar(candidate))) {
    try {
      await check(join(hidden, name));
      for (const sidecar of sidecarsOf(name, names))
        await moveIn(join(hidden, sidecar), join(folder, sidecar));
      await moveIn(join(hidden, name), join(folder, name));
      published.paths.push(join(folder, name));
    } catch (error) {
      published.refused.push({ name, error });
    }
  }
  if (published.paths.length > 0) await syncFolder(folder);
  for (const name of names) await rm(join(hidden, name), { force: true, recursive: true });
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
    const { size: sizeBytes } = await file.stat();
    await inspectCapture({ path, sizeBytes }, { fileName, measures: false, thumbnail: false });
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A link fails where a name is taken; file systems without links, as on USB sticks, rename. */
async function moveIn(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await rm(from);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" && isSidecar(from)) return; // It went with another picture of its stem.
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
