/** Learns how often captures come, so that a gap is seen. */
export interface Cadence {
  /** A capture came; the time is its own (ms since 1970), in any order. One that is ahead of `nowMs` tells nothing. */
  add(capturedAtMs: number, nowMs: number): void;
  /** The usual time between two captures; null before there are enough to tell. */
  intervalMs(): number | null;
  /** For how long nothing came, when that is longer than a gap; else null. */
  gapMs(nowMs: number): number | null;
  /** Sets the interval; null: it is learned. */
  expect(intervalMs: number | null): void;
  /** What a restart shall not forget. */
  readonly kept: KeptCadence;
}

/** What is kept over restarts, in ms; null where it is not known. */
export interface KeptCadence {
  readonly lastMs: number | null;
  /** As it was learned. */
  readonly intervalMs: number | null;
}

/** What {@link createCadence} takes. */
export interface CadenceOptions {
  /** Of the process before this one. */
  kept?: KeptCadence | undefined;
  /** Silence of so many intervals is a gap. Default 3. */
  gapFactor?: number;
  /** A clock that nothing sets, in ms. */
  monotonic?: () => number;
}

/** Enough for a median that a few odd ones do not move, few enough to follow a new setting within minutes. */
const REMEMBERED = 30;
const ENOUGH = 5;
/** Cameras that take a burst, or several files of one moment, have not changed their rhythm. */
const SAME_MOMENT_MS = 100;
/** As far as the clocks of a camera and of this machine may differ. */
const AHEAD_MS = 60_000;

/**
 * Takes the median of the last 30 intervals: late captures, bursts and one long pause do not move it. Silence counts by
 * the captures' own times and by a clock that nothing sets, from the start on: neither a boot nor a clock that jumps is
 * a gap, and no capture at all is one.
 */
export function createCadence(options: CadenceOptions = {}): Cadence {
  const { kept, gapFactor = 3, monotonic = () => performance.now() } = options;
  let times: number[] = kept?.lastMs == null ? [] : [kept.lastMs];
  let expectedMs: number | null = null;
  let heardAtMs = monotonic();

  function learnedMs(): number | null {
    const gaps = times
      .slice(1)
      .map((time, index) => time - (times[index] ?? time))
      .filter((gap) => gap >= SAME_MOMENT_MS)
      .sort((a, b) => a - b);
    return gaps.length < ENOUGH ? (kept?.intervalMs ?? null) : (gaps[Math.floor(gaps.length / 2)] ?? null);
  }

  const intervalMs = () => expectedMs ?? learnedMs();
  return {
    add(capturedAtMs, nowMs) {
      const before = times.at(-1);
      times = [...times, capturedAtMs]
        .filter((time) => time <= nowMs + AHEAD_MS)
        .sort((a, b) => a - b)
        .slice(-(REMEMBERED + 1));
      if (times.at(-1) !== before) heardAtMs = monotonic();
    },
    intervalMs,
    gapMs(nowMs) {
      const interval = intervalMs();
      if (interval === null) return null;
      const quietMs = monotonic() - heardAtMs;
      const last = times.findLast((time) => time <= nowMs + AHEAD_MS);
      const silentMs = last === undefined ? quietMs : nowMs - last;
      return Math.min(quietMs, silentMs) > interval * gapFactor ? silentMs : null;
    },
    expect(ms) {
      expectedMs = ms;
    },
    get kept() {
      return { lastMs: times.at(-1) ?? null, intervalMs: learnedMs() };
    },
  };
}
