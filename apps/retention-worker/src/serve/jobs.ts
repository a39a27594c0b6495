import { alertJob } from "../alerts/alert-job.ts";
import { sealJob, verifyJob } from "../audit/audit-jobs.ts";
import type { ServeFlags } from "../commands/serve.ts";
import type { Worker } from "../open-worker.ts";
import { reconcileJob } from "../reconcile/reconcile-job.ts";
import { scrubJob } from "../scrub/scrub-job.ts";
import { BucketRuns } from "./bucket-runs.ts";
import { heartbeatJob } from "./heartbeat-job.ts";
import type { Job } from "./job.ts";
import { requestJob } from "./request-job.ts";
import { resumeJob, retentionJob } from "./retention-job.ts";

/** All that `serve` does. */
export function createJobs(worker: Worker, { schedule, timeZone, bucket: buckets }: ServeFlags): Job[] {
  const runs = new BucketRuns();
  const { heartbeatUrl } = worker.environment;
  return [
    retentionJob(worker, { runs, buckets, schedule, timeZone }),
    resumeJob(worker, { runs, buckets }),
    requestJob(worker, { runs }),
    sealJob(worker),
    verifyJob(worker),
    scrubJob(worker, buckets),
    reconcileJob(worker, buckets),
    alertJob(worker, { schedule }),
    ...(heartbeatUrl === undefined ? [] : [heartbeatJob(heartbeatUrl)]),
  ];
}
