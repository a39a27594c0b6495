import { abortableSleep, classify } from "@pilab/retry";
import { isPilabError } from "@pilab/schema";
import type { Lab } from "./read-lab.ts";

/** What is known now. */
export interface WatchState {
  readonly lab: Lab | undefined;
  /** The server's clock when `lab` was read, and this process's monotonic clock at the same moment. */
  readonly readAt: { readonly serverMs: number; readonly monotonicMs: number } | undefined;
  /** Why the last look failed; undefined: it did not. */
  readonly error: WatchError | undefined;
  readonly isLooking: boolean;
}

/** Why nothing newer is known. */
export interface WatchError {
  readonly message: string;
  readonly cause: unknown;
  /** It may pass by itself: the server is away, not the account refused. */
  readonly isPassing: boolean;
}

/** Looks again and again, and keeps what was seen last when a look fails. */
export interface Watch {
  state(): WatchState;
  subscribe(listener: () => void): () => void;
  /** Looks now; never throws. */
  look(): Promise<void>;
  /** Looks at each interval until the signal comes. */
  run(signal: AbortSignal): Promise<void>;
}

/** Settings of {@link createWatch}. */
export interface WatchOptions {
  readonly read: (signal: AbortSignal) => Promise<Lab>;
  readonly intervalMs: number;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A look that takes longer tells nothing that is worth waiting for. */
const LOOK_WITHIN_MS = 20_000;

/** Makes one that has not looked yet. */
export function createWatch({
  read,
  intervalMs,
  now = () => performance.now(),
  sleep = abortableSleep,
}: WatchOptions): Watch {
  let state: WatchState = { lab: undefined, readAt: undefined, error: undefined, isLooking: false };
  let looking: Promise<void> | undefined;
  const listeners = new Set<() => void>();
  const set = (change: Partial<WatchState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  async function lookNow(): Promise<void> {
    set({ isLooking: true });
    try {
      const lab = await read(AbortSignal.timeout(LOOK_WITHIN_MS));
      const readAt = { serverMs: Date.parse(lab.overview.read_at), monotonicMs: now() };
      set({ lab, readAt, error: undefined, isLooking: false });
    } catch (cause) {
      set({ error: watchError(cause), isLooking: false });
    }
  }
  const look = () => {
    looking ??= lookNow().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    look,
    async run(signal) {
      while (!signal.aborted) {
        await sleep(intervalMs, signal).catch(() => {});
        if (!signal.aborted) await look();
      }
    },
  };
}

function watchError(cause: unknown): WatchError {
  const message = isPilabError(cause) || cause instanceof Error ? cause.message : String(cause);
  const { kind } = classify(cause);
  return { message, cause, isPassing: kind === "transient" || kind === "aborted" };
}
