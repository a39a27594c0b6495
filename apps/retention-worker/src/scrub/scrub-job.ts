import { isPilabError } from "@pilab/schema";
import type { Worker } from "../open-worker.ts";
import type { Job } from "../serve/job.ts";

// Often, so that a worker that is restarted a lot still reads its share of the day; what is read already is not read again.
const EVERY_MS = 3_600_000;

/** Reads back one per cent of each bucket a day, at most 1 GiB, and records what it found. */
export function scrubJob(worker: Worker, buckets: readonly string[] | undefined): Job {
  return {
    name: "scrub",
    every: EVERY_MS,
    async run(signal) {
      const { client, logger } = worker;
      for (const bucket of buckets ??
        (await client.retention.buckets(signal)).map(({ bucket_id }) => bucket_id)) {
        try {
          const report = await client.checks.scrub({ bucket, signal });
          if (report.faulty > 0) logger.error({ ...report }, "captures are not what was catalogued");
          else if (report.ok > 0) logger.info({ ...report }, "scrubbed");
        } catch (error) {
          // One bucket's trouble is not another's.
          if (signal.aborted || !isPilabError(error)) throw error;
          logger.error({ err: error, bucket_id: bucket }, "scrub failed");
        }
      }
    },
  };
}
