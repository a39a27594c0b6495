/** The shape of the waits between attempts, as in RETRY_BASE_DELAY, RETRY_MAX_DELAY and RETRY_JITTER. */
export interface BackoffOptions {
  /** Wait after the first failure; doubles with each further one. Milliseconds. */
  baseDelayMs: number;
  /** No wait is longer, jitter included. Milliseconds. */
  maxDelayMs: number;
  /** Spread of the wait: delay × (1 ± jitter). 0 = none, 1 = anything from 0 to twice the delay. */
  jitter: number;
}

/**
 * The wait before the next attempt.
 *
 * @param failures how many attempts have failed, from 1
 * @param random a number in [0, 1), Math.random's contract
 */
export function backoffDelayMs(
  failures: number,
  { baseDelayMs, maxDelayMs, jitter }: BackoffOptions,
  random: () => number = Math.random,
): number {
  // 2 ** 1024 is Infinity, and a base delay of 0 times that is NaN.
  const delay = Math.min(baseDelayMs * 2 ** Math.min(failures - 1, 1000), maxDelayMs);
  return Math.min(delay * (1 + jitter * (2 * random() - 1)), maxDelayMs);
}
