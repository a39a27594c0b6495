/** Learns how often captures come, so that a gap is seen. */
export interface Cadence {
  /** A capture came; the time is its own (ms since 1970), in any order. */
  add(capturedAtMs: number): void;
  /** The usual time between two captures; null before there are enough to tell. */
  intervalMs(): number | null;
  /** For how long nothing came, when that is longer than a gap; else null. */
  gapMs(nowMs: number): number | null;
}

/** What {@link createCadence} takes. */
export interface CadenceOptions {
  /** The interval when somebody set it; nothing is learned then. */
  expectedMs?: number | undefined;
  /** Silence of so many intervals is a gap. Default 3. */
  gapFactor?: number;
}

/** Enough for a median that a few odd ones do not move, few enough to follow a new setting within minutes. */
const REMEMBERED = 30;
const ENOUGH = 5;
/** Cameras that take a burst, or several files of one moment, have not changed their rhythm. */
const SAME_MOMENT_MS = 100;

/** Takes the median of the last 30 intervals: late captures, bursts and one long pause do not move it. */
export function createCadence({ expectedMs, gapFactor = 3 }: CadenceOptions = {}): Cadence {
  let times: number[] = [];
  const cadence: Cadence = {
    add(capturedAtMs) {
      times.push(capturedAtMs);
      times.sort((a, b) => a - b);
      times = times.slice(-(REMEMBERED + 1));
    },
    intervalMs() {
      if (expectedMs !== undefined) return expectedMs;
      const gaps = times
        .slice(1)
        .map((time, index) => time - (times[index] ?? time))
        .filter((gap) => gap >= SAME_MOMENT_MS)
        .sort((a, b) => a - b);
      return gaps.length < ENOUGH ? null : (gaps[Math.floor(gaps.length / 2)] ?? null);
    },
    gapMs(nowMs) {
      const intervalMs = cadence.intervalMs();
      const last = times.at(-1);
      if (intervalMs === null || last === undefined) return null;
      const silentMs = nowMs - last;
      return silentMs > intervalMs * gapFactor ? silentMs : null;
    },
  };
  return cadence;
}
