/** Measures how far the server's clock is from ours, from the `Date` header of its answers. */
export interface ServerClock {
  /** Takes in one answer: its Date header, and our clock when the request left and when the answer came. */
  observe(dateHeader: string | undefined, sentAtMs: number, receivedAtMs: number): void;
  /** Server minus ours in milliseconds; undefined before the first answer. */
  offsetMs(): number | undefined;
}

/**
 * Each answer bounds the offset: the header was written between sending and receiving, and names a whole second.
 * The bounds of all answers are intersected, so the estimate sharpens; when they contradict each other our own clock
 * was set meanwhile, and the newest answer alone counts.
 */
export function createServerClock(): ServerClock {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  return {
    observe(dateHeader, sentAtMs, receivedAtMs) {
      const second = dateHeader === undefined ? Number.NaN : Date.parse(dateHeader);
      if (Number.isNaN(second)) return;
      const atLeast = second - receivedAtMs;
      const atMost = second + 1000 - sentAtMs;
      if (atLeast > high || atMost < low) {
        low = atLeast;
        high = atMost;
      } else {
        low = Math.max(low, atLeast);
        high = Math.min(high, atMost);
      }
    },
    offsetMs: () => (Number.isFinite(low) ? Math.round((low + high) / 2) : undefined),
  };
}
