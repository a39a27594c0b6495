import { isPilabError } from "@pilab/schema";
import type { Worker } from "../open-worker.ts";
import type { BucketRuns } from "./bucket-runs.ts";
import type { Job } from "./job.ts";

/** What {@link retentionJob} and {@link resumeJob} work on. */
export interface RetentionJobOptions {
  readonly runs: BucketRuns;
  /** Default: every bucket of PiLab. */
  readonly buckets?: readonly string[] | undefined;
}

/** Retention on its schedule, one bucket after the other. */
export function retentionJob(
  worker: Worker,
  {
    runs,
    buckets,
    schedule,
    timeZone,
  }: RetentionJobOptions & { schedule: string; timeZone?: string | undefined },
): Job {
  return {
    name: "retention",
    every: schedule,
    timeZone,
    async run(signal) {
      for (const bucket of await bucketsOf(worker, buckets, signal)) {
        await runs.run(worker, { bucket, scope: {}, signal }).catch((error: unknown) => {
          if (signal.aborted) throw error;
          // One bucket's trouble is not another's.
          if (isPilabError(error) && error.code === "lock_held") {
            worker.logger.info({ bucket_id: bucket, err: error }, "another worker is at it");
          } else worker.logger.error({ bucket_id: bucket, err: error }, "retention failed");
        });
      }
    },
  };
}

const LOOK_EVERY_MS = 60_000;

/** Goes on with what a kill or a restart interrupted, without waiting for the schedule. */
export function resumeJob(worker: Worker, { runs, buckets }: RetentionJobOptions): Job {
  return {
    name: "resume",
    every: LOOK_EVERY_MS,
    async run(signal) {
      for (const bucket of await bucketsOf(worker, buckets, signal)) {
        const states = ["running"] as const;
        const open = await worker.client.retention.runs.list({ bucket, states, limit: 1, signal });
        if (open.runs.length === 0) continue;
        await runs.run(worker, { bucket, scope: {}, signal, resumeOnly: true }).catch((error: unknown) => {
          // It runs, in another worker, or in one whose lease has not run out yet.
          if (!isPilabError(error) || error.code !== "lock_held") throw error;
        });
      }
    },
  };
}

async function bucketsOf(
  { client }: Worker,
  buckets: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return buckets ?? (await client.retention.buckets(signal)).map(({ bucket_id }) => bucket_id);
}
