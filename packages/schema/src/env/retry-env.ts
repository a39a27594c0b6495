import { z } from "zod";
import { numeric, seconds } from "./fields.ts";

/**
 * RETRY_MAX_ATTEMPTS (3), RETRY_BASE_DELAY (1.0 s), RETRY_MAX_DELAY (60.0 s), RETRY_JITTER (0.1: delay × (1 ± jitter)) →
 * `{ maxAttempts, baseDelayMs, maxDelayMs, jitter }`, the options of `@pilab/retry`.
 */
export const retryEnv = z
  .object({
    RETRY_MAX_ATTEMPTS: numeric("a whole number from 1", 3, { min: 1, whole: true }),
    RETRY_BASE_DELAY: seconds("seconds from 0 to 86400", 1),
    RETRY_MAX_DELAY: seconds("seconds from 0 to 86400", 60),
    RETRY_JITTER: numeric("a share from 0 to 1", 0.1, { min: 0, max: 1 }),
  })
  .transform((raw) => ({
    maxAttempts: raw.RETRY_MAX_ATTEMPTS,
    baseDelayMs: raw.RETRY_BASE_DELAY,
    maxDelayMs: raw.RETRY_MAX_DELAY,
    jitter: raw.RETRY_JITTER,
  }));
