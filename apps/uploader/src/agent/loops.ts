import type { Alarm } from "../intake/alarm.ts";
import { createAlarm } from "../intake/alarm.ts";
import type { Progress } from "../systemd/index.ts";

/** Beyond its own rhythm a round may take so long before it counts as hanging. */
export const STUCK_MS = 10 * 60_000;

/** What the agent does side by side, until one of them fails or the signal aborts. */
export interface Loops {
  /** Adds work that runs until the signal aborts. */
  add(work: Promise<unknown>): void;
  /** Does something at once, and again after each `ms`, or when it is rung for. A long round touches in between. */
  every(name: string, ms: number, work: (touch: () => void) => Promise<void>): Alarm;
  /** Resolves when the signal aborts or something failed; then tells with what. */
  firstEnd(): Promise<void>;
  /** Resolves when all have ended; rejects with the first fault. */
  end(): Promise<void>;
}

/** What {@link createLoops} takes. */
export interface LoopsOptions {
  readonly progress: Progress;
  /** Aborted by the first fault; should be what `signal` listens to. */
  readonly stop: AbortController;
  readonly signal: AbortSignal;
  /** Whether a round that failed is no fault, as the next one may succeed. */
  readonly outlasts: (error: unknown) => boolean;
}

/** Makes the collection. */
export function createLoops({ progress, stop, signal, outlasts }: LoopsOptions): Loops {
  const all: Promise<unknown>[] = [];
  const faults: unknown[] = [];

  function add(work: Promise<unknown>): void {
    all.push(
      work.catch((error: unknown) => {
        faults.push(error);
        stop.abort(error);
      }),
    );
  }

  return {
    add,
    every(name, ms, work) {
      const alarm = createAlarm(signal);
      const run = async () => {
        const step = progress.begin(name, ms + STUCK_MS);
        while (!signal.aborted) {
          await work(step.touch).catch((error: unknown) => {
            if (!outlasts(error)) throw error;
          });
          step.touch();
          await alarm.sleep(ms);
        }
        step.end();
      };
      add(run());
      return alarm;
    },
    firstEnd: () =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
    async end() {
      await Promise.all(all);
      if (faults.length > 0) throw faults[0];
    },
  };
}
