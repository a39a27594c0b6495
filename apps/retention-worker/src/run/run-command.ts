import { hostname, userInfo } from "node:os";
import { isPilabError, PilabError, type RunScope } from "@pilab/schema";
import { evaluateAlertsOnce } from "../alerts/evaluate-once.ts";
import type { CommandContext } from "../commands/command-context.ts";
import type { RunFlags } from "../commands/run.ts";
import { type Worker, withWorker } from "../open-worker.ts";
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
    // Of a run that is held or failed, too, and before anyone reads the next line.
    if (!flags.dryRun) context.output.err(`${await lookAtAlerts(worker, context)}\n`);
    return exitCodeOf(runs);
  });
}

/** Trouble with alerts is no trouble of the run. */
async function lookAtAlerts(worker: Worker, { signal }: CommandContext): Promise<string> {
  return await evaluateAlertsOnce(worker, signal).catch(
    (error: unknown) =>
      `Alerts could not be looked at: ${error instanceof Error ? error.message : String(error)}`,
  );
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
