import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { drawFrame } from "./frame.ts";

/** How {@link runCamera} works. */
export interface CameraOptions {
  /** Where the frames go; an agent watches it. */
  folder: string;
  /** Between two frames. */
  everyMs: number;
  signal: AbortSignal;
  /** Told of what went wrong with a frame or after it; the camera goes on. */
  onFailure: (error: unknown) => void;
  /** Told after each frame. */
  onFrame?: () => void | Promise<void>;
}

/** Takes frames until the signal aborts: each drawn, written under another name, and moved in whole. */
export async function runCamera({
  folder,
  everyMs,
  signal,
  onFailure,
  onFrame,
}: CameraOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      const at = new Date();
      const name = `tray-${at.toISOString().slice(0, 23).replaceAll(/[-:]/g, "").replace("T", "-").replace(".", "-")}.jpg`;
      const unfinished = join(folder, `.${name}.tmp`);
      await writeFile(unfinished, await drawFrame(at));
      await rename(unfinished, join(folder, name));
      await onFrame?.();
    } catch (error) {
      if (!signal.aborted) onFailure(error);
    }
    await pause(Math.max(0, everyMs - (performance.now() - startedAt)), signal);
  }
}

/** Sleeps, or wakes at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
