import type { ChunkSummary } from "@pilab/chunking";
import {
  isPilabError,
  type RetentionPlanRecord,
  type RetentionPolicy,
  type RetentionRunRow,
} from "@pilab/schema";
import type { HeldLease, RunChange } from "@pilab/storage-core";
import { z } from "zod";
import type { Worker } from "../open-worker.ts";
import { dueTrash } from "./due-trash.ts";
import type { MadePlan } from "./plan-run.ts";
import { purgePhase } from "./purge-phase.ts";
import { RunBook } from "./run-book.ts";
import { type PhaseContext, trashPhase } from "./trash-phase.ts";

/** Where a run is: its row's `cursor`. A killed run is gone on with from there. */
export const runCursor = z.object({
  phase: z.enum(["trash", "purge"]),
  /** True: the brake holds the plan, only the purge is done. */
  held: z.boolean(),
});

/** What {@link performRun} executes. */
export interface Execution {
  readonly run: RetentionRunRow;
  readonly record: RetentionPlanRecord;
  /** Null: it had been executed when the run was killed, and only the purge is left. */
  readonly plan: MadePlan | null;
  readonly held: boolean;
  /** Those of the table, which say the grace. */
  readonly tablePolicies: readonly RetentionPolicy[];
  /** Being told to stop ends the run; else it stays as it is, to be gone on with by the next worker. */
  readonly stopEnds: boolean;
}

/**
 * Executes a plan under the bucket's lease: what it removes goes to the trash, unless the brake holds it; what is past its
 * grace is purged in any case, for that had been decided before. Gives the row as it ended.
 */
export async function performRun(
  worker: Worker,
  lease: HeldLease,
  execution: Execution,
): Promise<RetentionRunRow> {
  const { client } = worker;
  const { id } = execution.run;
  const book = new RunBook(client, execution.run);
  try {
    const change = await bothPhases(worker, lease, { ...execution, book });
    book.setCounts(await client.retention.runs.counts(id));
    await book.write(change);
  } catch (error) {
    await settle(worker, lease, { ...execution, book, error });
    throw error;
  }
  return await client.retention.runs.get(id);
}

async function bothPhases(
  worker: Worker,
  lease: HeldLease,
  { run, record, plan, held, tablePolicies, book }: Execution & { book: RunBook },
): Promise<RunChange> {
  const { client, environment } = worker;
  const ctx: PhaseContext = { client, chunks: environment.chunks, book, signal: lease.signal };
  const summaries: ChunkSummary[] = [];
  const left = { trash_files: 0, purge_files: 0 };
  if (plan && !held) {
    summaries.push(await trashPhase(ctx, plan.removals));
    lease.signal.throwIfAborted();
    left.trash_files = plan.files - plan.removals.length;
  }
  if (summaries.every(({ status }) => status !== "failed_fast")) {
    await book.write({ cursor: { phase: "purge", held } });
    const due = dueTrash(client, {
      bucket: run.bucket_id,
      policies: tablePolicies,
      now: record.now,
      signal: lease.signal,
    });
    const purge = { bucket: run.bucket_id, leaseToken: lease.token };
    const summary = await purgePhase(ctx, due, purge);
    lease.signal.throwIfAborted();
    left.purge_files = summary.rest;
    summaries.push(summary);
  }
  const isLeft = left.trash_files + left.purge_files > 0;
  const state = endOf(summaries, { held, isPartial: isLeft || book.counts.failed_files > 0 });
  return {
    state,
    cursor: null,
    ...(isLeft && { plan: { ...record, left } }),
    ...(state !== "braked" && { finished_at: serverNow(worker) }),
  };
}

function endOf(
  summaries: readonly ChunkSummary[],
  { held, isPartial }: { held: boolean; isPartial: boolean },
): RetentionRunRow["state"] {
  if (summaries.some(({ status }) => status === "failed_fast")) return "failed";
  if (held) return "braked";
  return isPartial ? "partly_done" : "done";
}

/** Writes how a run ended that did not come to its end. A run whose lease is lost is another worker's by now. */
async function settle(
  worker: Worker,
  lease: HeldLease,
  { run, stopEnds, book, error }: Execution & { book: RunBook; error: unknown },
): Promise<void> {
  const isLost = isPilabError(error) && error.code === "lock_held";
  if (isLost || isPilabError(lease.signal.reason)) return;
  const told = lease.signal.aborted;
  if (told && !stopEnds) return;
  if (!told) book.note(error);
  const change = {
    state: told ? "aborted" : "failed",
    cursor: null,
    finished_at: serverNow(worker),
  } as const;
  // When the server cannot be reached it stays `running`, and the next worker goes on with it.
  await book.write(change).catch((second: unknown) => {
    worker.logger.warn({ err: second, run_id: run.id }, "could not write how the run ended");
  });
}

/** The time of the server's clock, as far as it is known here. */
export function serverNow({ client }: Pick<Worker, "client">): string {
  return new Date(Date.now() + (client.clockOffsetMs() ?? 0)).toISOString();
}
