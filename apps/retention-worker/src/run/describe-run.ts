import { type RetentionPlanRecord, type RetentionRunRow, retentionPlan } from "@pilab/schema";
import { bytesText, countText } from "@pilab/storage-core";

/** A run for a person: what went or would go, why, and what to do next. */
export function describeRun(run: RetentionRunRow): string {
  const plan = retentionPlan.safeParse(run.plan).data;
  const lines = run.dry_run
    ? [`Dry run of bucket ${run.bucket_id}, as of ${timeText(run.created_at)}. Nothing is changed.`]
    : [`Run ${run.id} of bucket ${run.bucket_id}: ${STATES[run.state]}.`];
  if (plan) lines.push("", ...planLines(run, plan));
  if (!run.dry_run) lines.push("", ...doneLines(run, plan));
  const next = nextSteps(run, plan);
  return `${[...lines, ...(next.length > 0 ? ["", ...next] : [])].join("\n")}\n`;
}

/** What a command ends with that made these runs: 0 done, 3 partly done, 1 failed, stale or held by the brake. */
export function exitCodeOf(runs: readonly RetentionRunRow[]): number {
  const codes = runs.map(({ state }) => (state === "done" ? 0 : state === "partly_done" ? 3 : 1));
  return codes.includes(1) ? 1 : Math.max(0, ...codes);
}

const STATES: Record<RetentionRunRow["state"], string> = {
  planned: "planned",
  running: "under way",
  braked: "held by the brake, waits for a confirmation",
  done: "done",
  partly_done: "partly done",
  failed: "failed",
  stale: "refused, its plan no longer fits",
  aborted: "stopped before it was done",
};

function planLines(run: RetentionRunRow, plan: RetentionPlanRecord): string[] {
  const would = run.dry_run ? "Would go to the trash" : "Planned for the trash";
  const lines = [`${would}: ${sumText(run.planned_files, run.planned_bytes)}`];
  for (const policy of plan.by_policy) {
    if (policy.policy_id === null && policy.sentence === null) continue;
    const reasons = plan.by_reason.filter(({ policy_id }) => policy_id === policy.policy_id);
    if (reasons.length === 0 && policy.removed_files === 0) continue;
    lines.push("", `  ${policy.sentence}`);
    for (const { words, files, bytes, examples } of reasons) {
      lines.push(`    ${sumText(files, bytes)}: ${words.join("; ")}`);
      for (const { object_path } of examples) lines.push(`      ${object_path}`);
      if (files > examples.length) lines.push(`      and ${countText(files - examples.length)} more`);
    }
  }
  const kept = (of: RetentionPlanRecord["by_policy"]) => [
    of.reduce((sum, policy) => sum + policy.live_files - policy.removed_files, 0),
    of.reduce((sum, policy) => sum + policy.live_bytes - policy.removed_bytes, 0),
  ];
  const [files = 0, bytes = 0] = kept(plan.by_policy);
  const [free = 0] = kept(plan.by_policy.filter(({ sentence }) => sentence === null));
  const held = plan.by_policy.reduce((sum, policy) => sum + policy.held_files, 0);
  const why = [
    ...(held > 0 ? [`${countText(held)} only for their pins`] : []),
    ...(free > 0 ? [`${countText(free)} that no policy covers`] : []),
  ];
  lines.push("", `Kept: ${sumText(files, bytes)}${why.length > 0 ? `; of these ${why.join(", ")}` : ""}`);
  if (plan.due)
    lines.push(`Would be freed, past its grace in the trash: ${sumText(plan.due.files, plan.due.bytes)}`);
  return lines;
}

function doneLines(run: RetentionRunRow, plan: RetentionPlanRecord | undefined): string[] {
  const lines = [
    `Moved to the trash: ${sumText(run.trashed_files, run.trashed_bytes)}`,
    `Purged, freed: ${sumText(run.purged_files, run.purged_bytes)}`,
  ];
  if (run.failed_files > 0) lines.push(`Failed: ${countText(run.failed_files, "capture")}`);
  for (const error of run.errors as { message: string; files: number; ids: string[] }[]) {
    const whose =
      error.files > 0 ? ` (${countText(error.files, "capture")}, first ${error.ids.join(", ")})` : "";
    lines.push(`  ${error.message}${whose}`);
  }
  if (plan?.left) {
    const { trash_files, purge_files } = plan.left;
    lines.push(`Left by MAX_CHUNKS: ${countText(trash_files)} to trash, ${countText(purge_files)} to purge`);
  }
  return lines;
}

function nextSteps(run: RetentionRunRow, plan: RetentionPlanRecord | undefined): string[] {
  if (!plan) return [];
  const execute = `pilab-retention run --bucket ${run.bucket_id} --plan ${plan.digest}`;
  const brake = plan.brake.map((reason) => `The brake: it ${reason}.`);
  if (run.dry_run) {
    const confirm = brake.length > 0 ? " --confirm" : "";
    return [...brake, "To do exactly this, or be refused when it no longer fits:", `  ${execute}${confirm}`];
  }
  if (run.state === "braked") return [...brake, "To do it all the same:", `  ${execute} --confirm`];
  if (run.state === "stale") return ["Captures, policies or the calendar changed. Look at a fresh dry run."];
  if (plan.left) return ["Run it again for the rest."];
  return run.trashed_files > 0 ? [`To take it back: pilab-retention restore --run ${run.id}`] : [];
}

function sumText(files: number, bytes: number): string {
  return `${countText(files, "capture")}, ${bytesText(bytes)}`;
}

/** To the second, in UTC. */
export function timeText(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
