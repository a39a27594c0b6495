import { readFile, rm, stat, writeFile } from "node:fs/promises";

/** Why the camera has to wait. */
export interface CaptureBrake {
  reason: string;
}

/**
 * Tells the capture loop, another process, to stop. The file's presence is the message, so that it holds even when a
 * full disk has no room for the reason. The agent sets it with each look at the disk, and lifts it; `capture` reads it.
 */
export async function pullCaptureBrake(path: string, reason: string): Promise<void> {
  try {
    await writeFile(path, `${reason}\n`);
  } catch (error) {
    if ((await readCaptureBrake(path)) === null) throw error;
  }
}

/** Lets the camera go on. */
export async function releaseCaptureBrake(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** An agent looks each minute. One that has died can lift nothing. */
const HOLDS_MS = 10 * 60_000;

/** Why the camera has to wait; null while it need not, or when nobody has pulled the brake for ten minutes. */
export async function readCaptureBrake(path: string, now = Date.now): Promise<CaptureBrake | null> {
  try {
    if (now() - (await stat(path)).mtimeMs > HOLDS_MS) return null;
    return { reason: (await readFile(path, "utf8")).trim() || "the disk is full" };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
