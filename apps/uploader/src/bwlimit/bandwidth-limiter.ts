import { abortableSleep } from "@pilab/retry";
import { PilabError } from "@pilab/schema";
import { type BandwidthTimetable, limitAt } from "./timetable.ts";
import { createWallClock } from "./wall-clock.ts";

/** Shares one line among all that send. */
export interface BandwidthLimiter {
  /**
   * Resolves when this many bytes may leave; callers are served in the order of their calls. Ask before each piece is
   * sent, in pieces of some KiB: a piece larger than a second's worth is let through whole and paid for afterwards.
   * Rejects with `aborted` as soon as `signal` aborts; others in the queue go on.
   */
  take(bytes: number, signal?: AbortSignal): Promise<void>;
  /** The limit that holds now, in bytes a second; null = none. */
  bytesPerS(): number | null;
}

/** What {@link createBandwidthLimiter} takes besides the timetable. */
export interface BandwidthLimiterOptions {
  /** Zone of the timetable, an IANA name. Default: the machine's own. */
  timeZone?: string;
  /** Wall clock in ms, which the timetable goes by. */
  now?: () => number;
  /** Clock in ms that never jumps, which the bytes are counted by: a Pi's wall clock may step by years. */
  monotonic?: () => number;
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Longest wait between two looks at the timetable, so that a new slot holds soon for whoever is waiting. */
const LOOK_MS = 1000;

/** Makes a token bucket that holds a second's worth and follows a timetable. */
export function createBandwidthLimiter(
  timetable: BandwidthTimetable,
  options: BandwidthLimiterOptions = {},
): BandwidthLimiter {
  const {
    timeZone,
    now = Date.now,
    monotonic = () => performance.now(),
    sleep = (ms, signal) => abortableSleep(ms, signal),
  } = options;
  const minuteOfWeek = createWallClock(timeZone);
  const bytesPerS = () => limitAt(timetable, minuteOfWeek(now()));
  /** Bytes that may leave at `countedAt`; below zero while a large piece is being paid for. */
  let tokens = 0;
  let countedAt = monotonic();
  let last: Promise<unknown> = Promise.resolve();

  async function takeNow(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const rate = bytesPerS();
      const at = monotonic();
      if (rate === null) {
        // The bucket starts empty when a limit begins: what was sent before it is no credit.
        tokens = 0;
        countedAt = at;
        return;
      }
      tokens = Math.min(rate, tokens + ((at - countedAt) * rate) / 1000);
      countedAt = at;
      const missing = Math.min(bytes, rate) - tokens;
      if (missing <= 0) {
        tokens -= bytes;
        return;
      }
      await sleep(Math.min(LOOK_MS, Math.ceil((missing * 1000) / rate)), signal);
    }
  }

  return {
    bytesPerS,
    take(bytes, signal) {
      const before = last;
      const taken = turn(before, signal).then(() => takeNow(bytes, signal));
      // Whoever comes next also waits for those before one that gave up.
      last = Promise.allSettled([before, taken]);
      return taken;
    },
  };
}

/** Resolves when those before are served; rejects as soon as the signal aborts. */
async function turn(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await before;
    return;
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    reject(new PilabError("aborted", "Stopped while it waited for bandwidth", { cause: signal.reason }));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([before, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
