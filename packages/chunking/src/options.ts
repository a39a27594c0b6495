import { PilabError } from "@pilab/schema";

/** Options of {@link mapItems} and {@link mapChunks}; the first five are CHUNK_*, MAX_CHUNKS and FAIL_FAST_THRESHOLD. */
export interface ChunkOptions {
  /** Items in a chunk. Default 100. */
  chunkSize?: number | undefined;
  /** Chunks at most; what is left of the input is counted, not processed. Infinity for no limit. Default 1000. */
  maxChunks?: number | undefined;
  /** Least time between the starts of two chunks, in milliseconds. Default 100. */
  chunkDelayMs?: number | undefined;
  /** How many calls of `fn` run at once. Default 4. */
  concurrency?: number | undefined;
  /** Stop when more than this share of the items has failed, judged once chunkSize items are through. 1 = never. Default 0.1. */
  failFastThreshold?: number | undefined;
  /** Counting what is left after maxChunks stops here, so that an endless input ends. Default 1000000. */
  maxRestCount?: number | undefined;
  /** Stops: nothing new is started, running calls see it as `ctx.signal`. */
  signal?: AbortSignal | undefined;
  /** Called each time a call of `fn` has settled. What it throws ends the run. */
  onProgress?: ((summary: ChunkSummary) => void) | undefined;
  /** Waits; must reject when the signal aborts. Default Node's timers/promises. */
  sleep?: ((ms: number, signal: AbortSignal) => Promise<unknown>) | undefined;
  /** A clock in milliseconds that never jumps. Default performance.now. */
  now?: (() => number) | undefined;
}

/** How far a run has come, and how it ended. */
export interface ChunkSummary {
  /**
   * `done`: every item succeeded. `partly_done`: some failed, or maxChunks left a rest. `failed_fast`: too many failed.
   * `aborted`: the signal, or the reader of the results left. `broken`: the input or onProgress threw.
   */
  status: "running" | "done" | "partly_done" | "failed_fast" | "aborted" | "broken";
  /** Items handed to `fn`. */
  started: number;
  ok: number;
  failed: number;
  /** Chunks begun. */
  chunks: number;
  /** Items of the input left unprocessed by maxChunks. */
  rest: number;
  /** False when counting the rest was cut short by maxRestCount or the signal: there may be more. */
  restExact: boolean;
}

/** {@link ChunkOptions} with every default in place. */
export type ChunkSettings = ReturnType<typeof withDefaults>;

/** Fills in defaults; a value out of range is a PilabError `invalid_input` that names it. */
export function withDefaults(options: ChunkOptions) {
  const { chunkSize = 100, maxChunks = 1000, chunkDelayMs = 100, concurrency = 4 } = options;
  const { failFastThreshold = 0.1, maxRestCount = 1_000_000 } = options;
  check("chunkSize", chunkSize, Number.isInteger(chunkSize) && chunkSize >= 1, "a whole number from 1");
  check("maxChunks", maxChunks, maxChunks >= 1, "a number from 1");
  check("chunkDelayMs", chunkDelayMs, chunkDelayMs >= 0, "milliseconds from 0");
  check(
    "concurrency",
    concurrency,
    Number.isInteger(concurrency) && concurrency >= 1,
    "a whole number from 1",
  );
  check(
    "failFastThreshold",
    failFastThreshold,
    failFastThreshold >= 0 && failFastThreshold <= 1,
    "a share from 0 to 1",
  );
  check("maxRestCount", maxRestCount, maxRestCount >= 0, "a number from 0");
  const { signal, onProgress, sleep, now = () => performance.now() } = options;
  return {
    ...{ chunkSize, maxChunks, chunkDelayMs, concurrency, failFastThreshold, maxRestCount },
    signal,
    onProgress,
    sleep,
    now,
  };
}

function check(option: string, value: number, good: boolean, wanted: string): void {
  if (!good) throw new PilabError("invalid_input", `chunking: ${option} is ${value}, it must be ${wanted}`);
}
