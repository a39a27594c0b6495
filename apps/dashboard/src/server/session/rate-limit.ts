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
  /** Forgets a key: its attempts turned out to be honest. */
  forgive(key: string): void;
}

/** As many attempts a key as `limit` in each window, held in this process. Keys of past windows are forgotten. */
export function createRateLimit({ limit, windowMs, now = Date.now }: RateLimitOptions): RateLimit {
  const windows = new Map<string, { endsAtMs: number; taken: number }>();
  return {
    take(key) {
      const nowMs = now();
      for (const [other, { endsAtMs }] of windows) if (endsAtMs <= nowMs) windows.delete(other);
      const window = windows.get(key) ?? { endsAtMs: nowMs + windowMs, taken: 0 };
      windows.set(key, window);
      if (window.taken >= limit) return window.endsAtMs - nowMs;
      window.taken += 1;
      return 0;
    },
    forgive(key) {
      windows.delete(key);
    },
  };
}
