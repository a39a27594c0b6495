import { systemMonotonicMs } from "../clock/clock-stamp.ts";

/** Work that has to get on: what hangs though the event loop turns is seen here. */
export interface Progress {
  /**
   * Begins a piece of work that must show progress at least each `limitMs`: by `touch`, or by its `end`.
   * Name it so that an operator can do something with the name.
   */
  begin(name: string, limitMs: number): Step;
  /** What has not got on for too long, in words; null when all is well. Idle is well. */
  stuck(): string | null;
}

/** A piece of work under way. */
export interface Step {
  touch(): void;
  end(): void;
}

/** Makes an empty account of work. */
export function createProgress(monotonic: () => number = systemMonotonicMs): Progress {
  const steps = new Set<{ name: string; limitMs: number; touchedAtMs: number }>();
  return {
    begin(name, limitMs) {
      const step = { name, limitMs, touchedAtMs: monotonic() };
      steps.add(step);
      return {
        touch() {
          step.touchedAtMs = monotonic();
        },
        end() {
          steps.delete(step);
        },
      };
    },
    stuck() {
      const now = monotonic();
      for (const { name, limitMs, touchedAtMs } of steps) {
        const silentMs = now - touchedAtMs;
        if (silentMs > limitMs) return `${name} has not got on for ${Math.round(silentMs / 1000)} s`;
      }
      return null;
    },
  };
}
