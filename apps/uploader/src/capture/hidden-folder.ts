import { mkdir, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { takeClockStamp } from "../clock/index.ts";
import { publishPictures } from "./publish.ts";

const NAME = /^\.capturing-(\d+)-([0-9a-z]+)$/;

/** A capture loop's own folder in the spool, where its camera writes; watchers pass over hidden names. */
export async function makeHiddenFolder(folder: string): Promise<string> {
  const path = join(folder, `.capturing-${process.pid}-${bootMark()}`);
  await mkdir(path, { recursive: true });
  return path;
}

/**
 * Publishes whole pictures from the hidden folders of loops that are no more (killed, power cut) and removes the folders
 * that are empty then; a loop that runs beside this one, for another camera, keeps its own. Gives the pictures' paths.
 */
export async function recoverPictures(folder: string, own: string): Promise<string[]> {
  const recovered: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const [, pid, mark] = NAME.exec(name) ?? [];
    if (pid === undefined) continue;
    if (path !== own && mark === bootMark() && isRunning(Number(pid))) continue;
    recovered.push(...(await publishPictures(path, folder)).paths);
    if (path !== own) await removeIfEmpty(path);
  }
  return recovered;
}

/** What is still in it is published by the next loop. */
export async function removeIfEmpty(path: string): Promise<void> {
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "ENOENT") throw error;
  });
}

/** Process numbers mean something within one boot only. */
function bootMark(): string {
  return takeClockStamp().bootId?.slice(0, 8) ?? "unknown";
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
