import type { Worker } from "../open-worker.ts";
import { eachBucket } from "../serve/each-bucket.ts";
import type { Job } from "../serve/job.ts";

// Often, so that a worker that is restarted a lot still reads its share of the day; what is read already is not read again.
const EVERY_MS = 3_600_000;

/** Reads back one per cent of each bucket a day, at most 1 GiB, and records what it found. */
export function scrubJob(worker: Worker, buckets: readonly string[] | undefined): Job {
  const { client, logger } = worker;
  return {
    name: "scrub",
    every: EVERY_MS,
    run: (signal) =>
      eachBucket(worker, buckets, { what: "scrub", signal }, async (bucket) => {
        const report = await client.checks.scrub({ bucket, signal });
        if (report.faulty > 0) logger.error({ ...report }, "captures are not what was catalogued");
        else if (report.ok > 0) logger.info({ ...report }, "scrubbed");
      }),
  };
}
