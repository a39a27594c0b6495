import type { Worker } from "../open-worker.ts";
import { eachBucket } from "../serve/each-bucket.ts";
import type { Job } from "../serve/job.ts";

/**
 * Compares rows, objects and counters once a week, and changes nothing: what it finds raises the alert orphans_found, and a
 * person decides.
 */
export function reconcileJob(worker: Worker, buckets: readonly string[] | undefined): Job {
  const { client, holder, logger } = worker;
  return {
    name: "reconcile",
    every: "43 4 * * 0",
    run: (signal) =>
      eachBucket(worker, buckets, { what: "reconcile", signal }, async (bucket) => {
        const report = await client.checks.reconcile({ bucket, fix: false, holder, signal });
        logger.info({ ...report }, "reconciled");
      }),
  };
}
