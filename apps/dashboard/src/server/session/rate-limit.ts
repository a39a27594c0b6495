/** Settings of {@link createRateLimit}. */
export interface RateLimitOptions {
  /** Attempts within the window. */
  readonly limit: number;
  readonly windowMs: number;
  readonly now?: () => number;
}

/** Counts attempts by key. */
export interface RateLimit {
  /** Counts one; 0 when it may go on, else the milliseconds to wait. */
  take(key: string): number;
  /** Counts one less: that attempt says nothing. */
  giveBack(key: string): void;
  /** Forgets a key: its attempts turned out to be honest. */
  forgive(key: string): void;
}

// Keys are what strangers type: neither many nor long ones may fill the memory. The oldest are the next to end anyway.
const MOST_KEYS = 10_000;
const KEY_LENGTH = 256;

/** As many attempts a key as `limit` in each window, held in this process. Keys of past windows are forgotten. */
export function createRateLimit({ limit, windowMs, now = Date.now }: RateLimitOptions): RateLimit {
  /** The oldest first, as all are of one length. */
  const windows = new Map<string, { endsAtMs: number; taken: number }>();
  return {
    take(whole) {
      const [key, nowMs] = [whole.slice(0, KEY_LENGTH), now()];
      for (const [other, { endsAtMs }] of windows) {
        if (endsAtMs > nowMs) break;
        windows.delete(other);
      }
      const window = windows.get(key) ?? { endsAtMs: nowMs + windowMs, taken: 0 };
      windows.set(key, window);
      if (windows.size > MOST_KEYS) windows.delete(windows.keys().next().value as string);
      if (window.taken >= limit) return window.endsAtMs - nowMs;
      window.taken += 1;
      return 0;
    },
    giveBack(whole) {
      const window = windows.get(whole.slice(0, KEY_LENGTH));
      if (window && window.taken > 0) window.taken -= 1;
    },
    forgive(whole) {
      windows.delete(whole.slice(0, KEY_LENGTH));
    },
  };
}
