import { z } from "zod";
import { numeric, seconds } from "./fields.ts";

/**
 * CHUNK_SIZE (100), MAX_CHUNKS (1000), CHUNK_DELAY (0.1 s), FAIL_FAST_THRESHOLD (0.1) →
 * `{ chunkSize, maxChunks, chunkDelayMs, failFastThreshold }`, the options of `@pilab/chunking`.
 */
export const chunkEnv = z
  .object({
    CHUNK_SIZE: numeric("a whole number from 1", 100, { min: 1, whole: true }),
    MAX_CHUNKS: numeric("a whole number from 1", 1000, { min: 1, whole: true }),
    CHUNK_DELAY: seconds("seconds from 0 to 86400", 0.1),
    FAIL_FAST_THRESHOLD: numeric("a share from 0 to 1", 0.1, { min: 0, max: 1 }),
  })
  .transform((raw) => ({
    chunkSize: raw.CHUNK_SIZE,
    maxChunks: raw.MAX_CHUNKS,
    chunkDelayMs: raw.CHUNK_DELAY,
    failFastThreshold: raw.FAIL_FAST_THRESHOLD,
  }));
