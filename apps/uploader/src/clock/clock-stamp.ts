import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Where the wall clock stood against the clock that never jumps. Take one when a file is taken in: when the wall clock
 * is set right later in the same boot, {@link stepBetween} tells by how much the file's times were wrong.
 */
export interface ClockStamp {
  /** Changes with each boot; null where the system does not tell (then nothing can be compared). */
  bootId: string | null;
  /** Wall clock minus monotonic clock, in ms. Constant until somebody sets the wall clock. */
  epochMs: number;
}

/** What {@link takeClockStamp} reads from. */
export interface ClockStampOptions {
  /** Where /proc hangs. Default "/". */
  root?: string;
  now?: () => number;
  /** On Linux one clock for all processes of a boot, so that stamps survive a restart of the agent. */
  monotonic?: () => number;
}

/** Reads both clocks. */
export function takeClockStamp(options: ClockStampOptions = {}): ClockStamp {
  const { root = "/", now = Date.now, monotonic = systemMonotonicMs } = options;
  return { bootId: readBootId(root), epochMs: Math.round(now() - monotonic()) };
}

/** In ms. A wall clock that moves by less was not set: it drifts, or the machine was slow between reading both clocks. */
export const LEAST_STEP_MS = 2000;

/**
 * By how many ms the wall clock was set between two stamps; adding it to a time read at `earlier` gives what the clock
 * of `later` would have shown. 0 below {@link LEAST_STEP_MS}: a capture's time must be the same each time it is told.
 * Null across boots: nothing remembers what happened between.
 */
export function stepBetween(earlier: ClockStamp, later: ClockStamp): number | null {
  if (earlier.bootId === null || earlier.bootId !== later.bootId) return null;
  const stepMs = later.epochMs - earlier.epochMs;
  return Math.abs(stepMs) < LEAST_STEP_MS ? 0 : stepMs;
}

/** CLOCK_MONOTONIC in ms. `performance.now()` would start again with each process. */
export function systemMonotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function readBootId(root: string): string | null {
  try {
    return readFileSync(join(root, "proc/sys/kernel/random/boot_id"), "utf8").trim() || null;
  } catch {
    return null; // Not Linux, or hidden from us: the same to whoever asks.
  }
}
