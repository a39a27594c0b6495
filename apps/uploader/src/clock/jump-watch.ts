import { LEAST_STEP_MS, systemMonotonicMs } from "./clock-stamp.ts";

/** Notices when the wall clock is set. */
export interface JumpWatch {
  /** By how many ms the wall clock was set since the last call, forward positive; 0 when it was not. */
  check(): number;
}

/** What {@link createJumpWatch} takes. */
export interface JumpWatchOptions {
  now?: () => number;
  monotonic?: () => number;
}

/** Compares the wall clock with the one that never jumps. Slow drift is carried along, and never adds up to a jump. */
export function createJumpWatch(options: JumpWatchOptions = {}): JumpWatch {
  const { now = Date.now, monotonic = systemMonotonicMs } = options;
  let epochMs = now() - monotonic();
  return {
    check() {
      const current = now() - monotonic();
      const jumpedMs = Math.round(current - epochMs);
      epochMs = current;
      return Math.abs(jumpedMs) >= LEAST_STEP_MS ? jumpedMs : 0;
    },
  };
}
