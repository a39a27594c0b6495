import { PilabError, requestArgs, type WorkerRequestRow } from "@pilab/schema";
import { z } from "zod";
import { testChannel } from "../alerts/test-channel.ts";
import { verifyAudit } from "../audit/verify-and-report.ts";
import type { Worker } from "../open-worker.ts";
import { previewRetention } from "../preview/preview-retention.ts";
import { dryRun } from "../run/run-retention.ts";
import type { BucketRuns } from "./bucket-runs.ts";

/** A request under way. */
interface Asked {
  readonly request: WorkerRequestRow;
  readonly runs: BucketRuns;
  readonly signal: AbortSignal;
}

/** Does what a request asks, and gives its result. What it changes is in the audit log as asked by who asked. */
export async function answerRequest(worker: Worker, asked: Asked): Promise<object> {
  const { kind, args, requested_by } = asked.request;
  const client = worker.actingFor(requested_by ?? "a holder of the service key");
  const acting = { ...worker, client };
  try {
    switch (kind) {
      case "preview":
        return await preview(acting, parse("preview", args), asked);
      case "run":
        return await run(acting, parse("run", args), asked);
      case "test_send":
        return await testChannel(acting, parse("test_send", args).channel, asked.signal);
      case "verify":
        return await verifyAudit(acting, asked.signal);
      default:
        throw new PilabError("invalid_input", `this worker does not know the request "${kind}"`);
    }
  } finally {
    await client.close();
  }
}

type Args<Kind extends keyof typeof requestArgs> = z.output<(typeof requestArgs)[Kind]>;

function parse<Kind extends keyof typeof requestArgs>(kind: Kind, args: unknown): Args<Kind> {
  const { data, error } = requestArgs[kind].safeParse(args);
  if (error) throw new PilabError("invalid_input", `${kind}: ${z.prettifyError(error)}`);
  return data as Args<Kind>;
}

async function preview(worker: Worker, args: Args<"preview">, { signal }: Asked): Promise<object> {
  const { bucket = worker.environment.storage.bucket, days = 90, policy: draft } = args;
  return await previewRetention(worker, { bucket, days, draft, signal });
}

/** The rows say the rest: `retention_runs` by id. */
async function run(worker: Worker, args: Args<"run">, { request, runs, signal }: Asked): Promise<object> {
  const { bucket = worker.environment.storage.bucket, dry_run, plan, confirm, ...scope } = args;
  const wanted = {
    ...{ bucket, scope, signal },
    planDigest: plan,
    confirmedBy: confirm ? (request.requested_by ?? "a holder of the service key") : undefined,
  };
  const done = dry_run
    ? [await dryRun(worker, { ...wanted, stopEnds: true })]
    : await runs.run(worker, wanted);
  return {
    runs: done.map(({ id, state, plan: { digest }, ...row }) => ({
      ...{ id, state, digest },
      planned_files: row.planned_files,
      trashed_files: row.trashed_files,
      purged_files: row.purged_files,
      failed_files: row.failed_files,
    })),
  };
}
