import { readFile, rm, writeFile } from "node:fs/promises";

/** Why the camera has to wait. */
export interface CaptureBrake {
  reason: string;
}

/**
 * Tells the capture loop, another process, to stop. The file's presence is the message, so that it holds even when a
 * full disk has no room for the reason. The agent sets and lifts it; `capture` and `status` read it.
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

/** Why the camera has to wait; null while it need not. */
export async function readCaptureBrake(path: string): Promise<CaptureBrake | null> {
  try {
    return { reason: (await readFile(path, "utf8")).trim() || "the disk is full" };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
