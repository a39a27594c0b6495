import type { RetentionRunRow } from "@pilab/schema";
import { retentionPlan } from "@pilab/schema";
import type { Worker } from "../open-worker.ts";
import { type RunRequest, runRetention } from "../run/run-retention.ts";

/** Runs retention for a worker that serves: one at a time in this process, each followed until nothing is left. */
export class BucketRuns {
  #last: Promise<unknown> = Promise.resolve();

  /** The runs that it took; a run that MAX_CHUNKS ended is followed at once by the next. */
  run(worker: Worker, request: Omit<RunRequest, "stopEnds" | "continues">): Promise<RetentionRunRow[]> {
    const runs = this.#last.then(() => follow(worker, request));
    this.#last = runs.catch(() => {});
    return runs;
  }
}

async function follow(
  worker: Worker,
  request: Omit<RunRequest, "stopEnds" | "continues">,
): Promise<RetentionRunRow[]> {
  const all: RetentionRunRow[] = [];
  let continues: RetentionRunRow | undefined;
  do {
    // A service that is told to stop is started again: its run waits.
    const plan = continues && { planDigest: undefined };
    const runs = await runRetention(worker, { ...request, ...plan, continues, stopEnds: false });
    all.push(...runs);
    for (const run of runs) tell(worker, run);
    continues = runs.at(-1);
  } while (continues && hasRest(continues));
  return all;
}

function hasRest(run: RetentionRunRow): boolean {
  const did = run.trashed_files + run.purged_files > 0;
  return run.state === "partly_done" && did && retentionPlan.parse(run.plan).left !== undefined;
}

function tell({ logger }: Worker, run: RetentionRunRow): void {
  const { id, bucket_id, state, trashed_files, purged_files, purged_bytes, failed_files, errors } = run;
  const fields = { run_id: id, bucket_id, state, trashed_files, purged_files, purged_bytes, failed_files };
  if (state === "done") logger.info(fields, "retention run done");
  else logger.warn({ ...fields, errors }, `retention run ${state}`);
}
