import { setTimeout as sleep } from "node:timers/promises";
import type { PilabClient } from "@pilab/storage-core";
import { drawFrame } from "./frame.ts";

/** How {@link runCamera} works. */
export interface CameraOptions {
  /** Signed in as the demo device. */
  client: PilabClient;
  /** Between two frames. */
  everyMs: number;
  signal: AbortSignal;
  /** Told of what went wrong with a frame or after it; the camera goes on. */
  onFailure: (error: unknown) => void;
  /** Told after each frame that is catalogued. */
  onFrame?: () => void | Promise<void>;
}

/** For the frame under way when the signal comes: given up sooner, its object would be left without a row. */
const FINISH_WITHIN_MS = 5000;

/** Takes frames until the signal aborts: each drawn, uploaded, verified and catalogued before the next. */
export async function runCamera({
  client,
  everyMs,
  signal,
  onFailure,
  onFrame,
}: CameraOptions): Promise<void> {
  const late = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => late.abort(), FINISH_WITHIN_MS).unref(), {
    once: true,
  });
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      const at = new Date();
      await client.captures.uploadAndLog(await drawFrame(at), {
        fileName: `tray-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")}.jpg`,
        series: "seedlings",
        shotType: "timelapse",
        signal: late.signal,
      });
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
