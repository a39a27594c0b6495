import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { withCorrelation } from "@pilab/logging";
import {
  type BucketSettingsRow,
  PilabError,
  type RetentionPolicyRow,
  type RetentionRunRow,
  type RunScope,
  retentionLease,
  retentionPlan,
} from "@pilab/schema";
import type { HeldLease } from "@pilab/storage-core";
import type { Worker } from "../open-worker.ts";
import { dueTrash } from "./due-trash.ts";
import { performRun, runCursor, serverNow } from "./perform-run.ts";
import { type MadePlan, planRun, policiesOf } from "./plan-run.ts";

/** What a run is asked to do. */
export interface RunRequest {
  readonly bucket: string;
  readonly scope: RunScope;
  /** Execute this plan or refuse it as stale; without one a fresh plan is made. */
  readonly planDigest?: string | undefined;
  /** Only go on with what killed runs left. */
  readonly resumeOnly?: boolean | undefined;
  /** A run that MAX_CHUNKS ended: do the rest of its plan, past the brake as it was. */
  readonly continues?: RetentionRunRow | undefined;
  /** Who lets the plan pass the brake; undefined: nobody. */
  readonly confirmedBy?: string | undefined;
  /** Being told to stop ends the run; else the next worker goes on with it. */
  readonly stopEnds: boolean;
  /** Of the lease. Default 60. */
  readonly ttlS?: number | undefined;
  readonly signal: AbortSignal;
}

/** What every step of a run needs to know. */
interface Lab {
  readonly worker: Worker;
  readonly request: RunRequest;
  readonly bucket: BucketSettingsRow;
  readonly tablePolicies: readonly RetentionPolicyRow[];
}

/** Plans only: writes a `dry_run` row with the plan and its digest, and touches no capture. */
export async function dryRun(worker: Worker, request: RunRequest): Promise<RetentionRunRow> {
  const lab = await openLab(worker, request);
  const { bucket, tablePolicies } = lab;
  return await asRun(lab, { dry_run: true }, async (run) => {
    const { client } = worker;
    const { signal } = request;
    const now = run.created_at;
    const plan = await makePlan(lab, { now, scope: request.scope });
    const due = { files: 0, bytes: 0 };
    for await (const capture of dueTrash(client, {
      bucket: bucket.bucket_id,
      policies: tablePolicies,
      now,
      signal,
    })) {
      due.files++;
      due.bytes += capture.size_bytes + (capture.thumbnail_bytes ?? 0);
    }
    await client.retention.runs.update(run.id, {
      state: "done",
      plan: { ...plan.record, due },
      planned_files: plan.files,
      planned_bytes: plan.bytes,
      finished_at: serverNow(worker),
    });
    return await client.retention.runs.get(run.id);
  });
}

/**
 * Runs retention on a bucket, one worker at a time. First it goes on with what killed runs left, then it does what is asked;
 * gives all these runs, the one that was asked for last. Throws `lock_held` when another worker is at it.
 */
export async function runRetention(worker: Worker, request: RunRequest): Promise<RetentionRunRow[]> {
  const lab = await openLab(worker, request);
  return await worker.client.leases.hold(retentionLease(request.bucket), {
    holder: worker.holder,
    ttlS: request.ttlS,
    signal: request.signal,
    work: async (lease) => {
      const resumed = await resumeRuns(lab, lease);
      return request.resumeOnly ? resumed : [...resumed, await beginRun(lab, lease)];
    },
  });
}

async function openLab(worker: Worker, request: RunRequest): Promise<Lab> {
  const { client } = worker;
  const buckets = await client.retention.buckets(request.signal);
  const bucket = buckets.find(({ bucket_id }) => bucket_id === request.bucket);
  if (!bucket) {
    const known = buckets.map(({ bucket_id }) => bucket_id).join(", ");
    throw new PilabError("bucket_missing", `${request.bucket} is no bucket of PiLab; there are: ${known}`, {
      hint: "Name one by --bucket or STORAGE_BUCKET.",
    });
  }
  return { worker, request, bucket, tablePolicies: await client.retention.policies.list(request.signal) };
}

/** Makes a run's row and works under its id. What fails before there is a plan fails the run. */
async function asRun(
  { worker, bucket }: Lab,
  { dry_run }: { dry_run: boolean },
  work: (run: RetentionRunRow) => Promise<RetentionRunRow>,
): Promise<RetentionRunRow> {
  const id = randomUUID();
  return await withCorrelation(id, async () => {
    const { client, holder } = worker;
    const run = await client.retention.runs.create({
      id,
      bucket_id: bucket.bucket_id,
      dry_run,
      worker: holder,
    });
    try {
      return await work(run);
    } catch (error) {
      await endPlanning(worker, id, error);
      throw error;
    }
  });
}

async function endPlanning(worker: Worker, id: string, error: unknown): Promise<void> {
  const { runs } = worker.client.retention;
  try {
    const { state } = await runs.get(id);
    if (state !== "planned") return;
    const told = error instanceof Error && error.name === "AbortError";
    const message = error instanceof Error ? error.message : String(error);
    const errors = [{ phase: "plan", message: message.slice(0, 1000), files: 0, ids: [] }];
    await runs.update(id, { state: told ? "aborted" : "failed", errors, finished_at: serverNow(worker) });
  } catch (second) {
    worker.logger.warn({ err: second, run_id: id }, "could not write that the run failed");
  }
}

async function beginRun(lab: Lab, lease: HeldLease): Promise<RetentionRunRow> {
  const { request } = lab;
  if (request.planDigest !== undefined) return await executePlan(lab, lease, request.planDigest);
  return await asRun(lab, { dry_run: false }, async (run) => {
    const before = request.continues && retentionPlan.parse(request.continues.plan);
    const scope = before?.scope ?? request.scope;
    // Under other policies than it was made with, the rest of a plan is no more worth than a fresh one.
    const isRest = before !== undefined && samePolicies(lab, before);
    const now = isRest ? before.now : run.created_at;
    const plan = await makePlan(lab, { now, scope, signal: lease.signal });
    const held = !isRest && plan.record.brake.length > 0 && request.confirmedBy === undefined;
    const continues = isRest ? request.continues : undefined;
    await supersede(lab, scope);
    return await perform(lab, lease, {
      ...{ run, plan, held },
      confirmedBy:
        continues?.confirmed_by ?? (plan.record.brake.length > 0 ? request.confirmedBy : undefined),
      continues: continues?.id,
    });
  });
}

/** Executes the plan of a dry run, or of a run that the brake holds, if it still is what would be done. */
async function executePlan(lab: Lab, lease: HeldLease, digest: string): Promise<RetentionRunRow> {
  const { worker, request, bucket } = lab;
  const { runs } = worker.client.retention;
  const found = (await runs.list({ bucket: bucket.bucket_id, digest, signal: lease.signal })).runs;
  const source = found.find(({ state }) => state === "braked") ?? found.find((run) => run.dry_run);
  if (!source) {
    throw new PilabError("not_found", `there is no plan ${digest} of bucket ${bucket.bucket_id} to execute`, {
      hint: "A dry run shows its plan's digest: pilab-retention run --dry-run.",
    });
  }
  const { now, scope } = retentionPlan.parse(source.plan);
  const execute = async (run: RetentionRunRow) => {
    const plan = await makePlan(lab, { now, scope, signal: lease.signal });
    if (plan.record.digest !== digest) {
      await runs.update(run.id, { state: "stale", plan: plan.record, finished_at: serverNow(worker) });
      return await runs.get(run.id);
    }
    const held = plan.record.brake.length > 0 && request.confirmedBy === undefined;
    return await perform(lab, lease, { run, plan, held, confirmedBy: request.confirmedBy });
  };
  if (source.state !== "braked") return await asRun(lab, { dry_run: false }, execute);
  return await withCorrelation(source.id, () => execute(source));
}

/** Goes on with runs that a kill left, in the order in which they began. */
async function resumeRuns(lab: Lab, lease: HeldLease): Promise<RetentionRunRow[]> {
  const { worker, bucket } = lab;
  const { runs } = worker.client.retention;
  const open = await runs.list({
    bucket: bucket.bucket_id,
    states: ["planned", "running"],
    signal: lease.signal,
  });
  const resumed: RetentionRunRow[] = [];
  for (const run of open.runs.toReversed()) {
    // A dry run needs no lease, so one that is being planned may be alive.
    if (run.dry_run) continue;
    resumed.push(await withCorrelation(run.id, () => resumeRun(lab, lease, run)));
  }
  return resumed;
}

async function resumeRun(lab: Lab, lease: HeldLease, run: RetentionRunRow): Promise<RetentionRunRow> {
  const { worker, tablePolicies, request } = lab;
  const { runs } = worker.client.retention;
  const end = async (state: "aborted" | "stale") => {
    await runs.update(run.id, {
      state,
      cursor: null,
      finished_at: serverNow(worker),
      ...(await runs.counts(run.id)),
    });
    return await runs.get(run.id);
  };
  // Killed while it planned: it did nothing.
  if (run.state === "planned") return await end("aborted");
  const record = retentionPlan.parse(run.plan);
  const { phase, held } = runCursor.parse(run.cursor);
  worker.logger.info({ run_id: run.id, phase }, "going on with a run that was killed");
  if (phase === "trash" && !samePolicies(lab, record)) return await end("stale");
  // What went to the trash before is live no more, so that the same plan, made again, is its rest.
  const plan =
    phase === "trash"
      ? await makePlan(lab, { now: record.now, scope: record.scope, signal: lease.signal })
      : null;
  await runs.update(run.id, { worker: worker.holder });
  return await performRun(worker, lease, {
    run,
    record,
    plan,
    held,
    tablePolicies,
    stopEnds: request.stopEnds,
  });
}

interface Passed {
  readonly run: RetentionRunRow;
  readonly plan: MadePlan;
  readonly held: boolean;
  readonly confirmedBy: string | undefined;
  readonly continues?: string | undefined;
}

/** Writes the plan down, then executes it: what a kill interrupts can be gone on with. */
async function perform(
  { worker, request, tablePolicies }: Lab,
  lease: HeldLease,
  { run, plan, held, confirmedBy, continues }: Passed,
): Promise<RetentionRunRow> {
  const record = { ...plan.record, ...(continues !== undefined && { continues }) };
  await worker.client.retention.runs.update(run.id, {
    state: "running",
    plan: record,
    planned_files: plan.files,
    planned_bytes: plan.bytes,
    cursor: { phase: "trash", held },
    worker: worker.holder,
    confirmed_by: confirmedBy ?? null,
    started_at: serverNow(worker),
  });
  return await performRun(worker, lease, {
    ...{ run, record, plan, held, tablePolicies },
    stopEnds: request.stopEnds,
  });
}

/** A fresh plan takes the place of one of the same scope that waits at the brake: only the latest can be confirmed. */
async function supersede({ worker, bucket }: Lab, scope: RunScope): Promise<void> {
  const { runs } = worker.client.retention;
  for (const { id, plan } of (await runs.list({ bucket: bucket.bucket_id, states: ["braked"] })).runs) {
    if (!isDeepStrictEqual(retentionPlan.parse(plan).scope, scope)) continue;
    await runs.update(id, { state: "stale", finished_at: serverNow(worker) });
  }
}

/** Whether today's policies and calendar are those that a plan was made with. */
function samePolicies(
  { tablePolicies, bucket }: Lab,
  { policies, scope, time_zone }: ReturnType<typeof retentionPlan.parse>,
): boolean {
  const today = policiesOf(tablePolicies, scope, bucket.bucket_id);
  return time_zone === bucket.time_zone && JSON.stringify(today) === JSON.stringify(policies);
}

async function makePlan(
  { worker, bucket, tablePolicies, request }: Lab,
  { now, scope, signal = request.signal }: { now: string; scope: RunScope; signal?: AbortSignal },
): Promise<MadePlan> {
  const { chunkSize, maxChunks } = worker.environment.chunks;
  return await planRun(worker.client, {
    ...{ bucket, scope, now, signal },
    policies: policiesOf(tablePolicies, scope, bucket.bucket_id),
    maxRemovals: Math.min(chunkSize, 500) * maxChunks,
  });
}
