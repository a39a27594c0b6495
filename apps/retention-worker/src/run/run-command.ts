import { hostname, userInfo } from "node:os";
import { isPilabError, PilabError, type RunScope } from "@pilab/schema";
import type { CommandContext } from "../commands/command-context.ts";
import type { RunFlags } from "../commands/run.ts";
import { withWorker } from "../open-worker.ts";
import { describeRun, exitCodeOf } from "./describe-run.ts";
import { dryRun, type RunRequest, runRetention } from "./run-retention.ts";

/** Runs retention once. Exit code 0 done, 3 partly done, 1 failed, stale or held by the brake. */
export async function runRun(context: CommandContext, flags: RunFlags): Promise<number> {
  const scope = scopeOf(flags);
  return await withWorker(context, "run", async (worker) => {
    const request: RunRequest = {
      bucket: flags.bucket ?? worker.environment.storage.bucket,
      scope,
      planDigest: flags.plan,
      confirmedBy: flags.confirm ? `${userInfo().username}@${hostname()}` : undefined,
      stopEnds: true,
      signal: context.signal,
    };
    const runs = flags.dryRun
      ? [await dryRun(worker, request)]
      : await runRetention(worker, request).catch(told(context));
    for (const run of runs) context.output.out(flags.json ? `${JSON.stringify(run)}\n` : describeRun(run));
    return exitCodeOf(runs);
  });
}

function scopeOf({ policy, retentionDays, plan, dryRun }: RunFlags): RunScope {
  const refuse = (message: string) => {
    throw new PilabError("invalid_input", message);
  };
  if (policy !== undefined && retentionDays !== undefined)
    refuse("--policy and --retention-days exclude each other");
  if (plan !== undefined && (dryRun || policy !== undefined || retentionDays !== undefined)) {
    refuse("--plan executes a plan as it was made: without --dry-run, --policy and --retention-days");
  }
  return {
    ...(policy !== undefined && { policy_id: policy }),
    ...(retentionDays !== undefined && { retention_days: retentionDays }),
  };
}

/** Ctrl-C, in words. */
function told({ signal }: CommandContext) {
  return (error: unknown): never => {
    if (!signal.aborted || isPilabError(error)) throw error;
    throw new PilabError("aborted", "stopped before it was done", {
      cause: error,
      hint: "What it moved to the trash is restored by: pilab-retention restore --run <id>. The next run does the rest.",
    });
  };
}
