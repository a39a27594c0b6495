import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { abortableSleep } from "@pilab/retry";
import { PilabError } from "@pilab/schema";
import { systemMonotonicMs } from "../clock/index.ts";
import { type DiskUsage, readCaptureBrake, readDiskUsage } from "../space/index.ts";
import type { CaptureState } from "./capture-state.ts";
import { makeHiddenFolder, recoverPictures, removeIfEmpty } from "./hidden-folder.ts";
import { publishPictures } from "./publish.ts";
import { checkCommand, runCamera } from "./run-camera.ts";
import { nextShot } from "./shot-schedule.ts";

/** What {@link runCaptureLoop} takes. */
export interface CaptureLoopOptions {
  /** The camera's program and arguments; `{file}` stands for the picture's path. */
  command: readonly string[];
  intervalMs: number;
  /** Where pictures appear: the agent's spool, or any folder. */
  folder: string;
  /** Whether `folder` is uploaded; only told on. */
  uploads: boolean;
  /** The picture's file name ends so; some programs choose their format by it. Default "jpg". */
  extension?: string | undefined;
  /** Longest time for one picture. Default: the interval, at least 30 s. */
  timeoutMs?: number | undefined;
  /** The file by which the agent stops the camera. */
  brakePath?: string | undefined;
  /** No picture is taken while the disk has less room, agent or not. Default 64 MiB. */
  minFreeBytes?: number;
  signal: AbortSignal;
  /** Told after each change: for the log, `systemctl status` and `status`. */
  onState: (state: CaptureState, event: CaptureEvent) => void;
  now?: () => number;
  monotonic?: () => number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readDisk?: (folder: string) => Promise<DiskUsage>;
}

/** What happened last. */
export type CaptureEvent =
  | { kind: "started"; recovered: readonly string[] }
  | { kind: "taken"; path: string }
  | { kind: "failed"; error: unknown }
  | { kind: "held"; because: string }
  | { kind: "stopped" };

const MIN_TIMEOUT_MS = 30_000;
const MIN_FREE_BYTES = 64 * 1024 * 1024;

/**
 * Takes pictures on a steady schedule until `signal` aborts. A picture is written in a hidden folder, checked, synced
 * and then appears in `folder` in one step; the camera's failures are counted and survived. Rejects only where it cannot
 * begin: a command without `{file}`, a folder that cannot be made.
 */
export async function runCaptureLoop(options: CaptureLoopOptions): Promise<CaptureState> {
  const { command, intervalMs, folder, uploads, extension = "jpg", brakePath, signal, onState } = options;
  const { timeoutMs = Math.max(intervalMs, MIN_TIMEOUT_MS), minFreeBytes = MIN_FREE_BYTES } = options;
  const { now = Date.now, monotonic = systemMonotonicMs, sleep = abortableSleep } = options;
  const { readDisk = readDiskUsage } = options;
  checkCommand(command);
  await mkdir(folder, { recursive: true });
  const hidden = await makeHiddenFolder(folder);
  const state: CaptureState = {
    pid: process.pid,
    uploads,
    folder,
    intervalMs,
    taken: 0,
    failed: 0,
    failedInRow: 0,
    missed: 0,
    held: 0,
    heldBecause: null,
    lastTakenAt: null,
    lastError: null,
  };
  const tell = (event: CaptureEvent) => onState({ ...state }, event);
  tell({ kind: "started", recovered: await recoverPictures(folder, hidden) });

  const startMs = monotonic();
  let lastMs: number | null = null;
  while (!signal.aborted) {
    const { atMs, missed } = nextShot(startMs, intervalMs, lastMs, monotonic());
    state.missed += missed;
    await sleep(Math.max(0, atMs - monotonic()), signal).catch(() => {});
    if (signal.aborted) break;
    lastMs = atMs;
    state.heldBecause = await whyHeld();
    if (state.heldBecause !== null) {
      state.held += 1;
      tell({ kind: "held", because: state.heldBecause });
      continue;
    }
    tell(await shoot());
  }
  await removeIfEmpty(hidden);
  tell({ kind: "stopped" });
  return state;

  async function whyHeld(): Promise<string | null> {
    try {
      const brake = brakePath === undefined ? null : await readCaptureBrake(brakePath);
      if (brake !== null) return brake.reason;
      const { availableBytes } = await readDisk(folder);
      return availableBytes < minFreeBytes
        ? `The disk has ${availableBytes.toLocaleString("en-US")} bytes left`
        : null;
    } catch {
      return null; // Not to know is no reason to lose a picture.
    }
  }

  async function shoot(): Promise<CaptureEvent> {
    const takenAt = new Date(now()).toISOString();
    const name = `${takenAt.replaceAll(/[-:.]/g, "")}.${extension}`;
    try {
      const kept = await readdir(hidden);
      await runCamera(command, join(hidden, name), { timeoutMs, signal }).catch(async (error: unknown) => {
        // What a camera that failed has left, but not what waits for space.
        for (const left of await readdir(hidden))
          if (!kept.includes(left)) await rm(join(hidden, left), { recursive: true, force: true });
        throw error;
      });
      const { paths, ...others } = await publishPictures(hidden, folder);
      const path = join(folder, name);
      if (!paths.includes(path)) {
        throw (
          [...others.refused, ...others.kept].find((file) => file.name === name)?.error ??
          new PilabError("file_unreadable", "The camera ended well but wrote no picture where {file} says")
        );
      }
      state.taken += 1;
      state.failedInRow = 0;
      state.lastError = null;
      state.lastTakenAt = takenAt;
      return { kind: "taken", path };
    } catch (error) {
      state.failed += 1;
      state.failedInRow += 1;
      state.lastError = error instanceof Error ? error.message : String(error);
      return { kind: "failed", error };
    }
  }
}
