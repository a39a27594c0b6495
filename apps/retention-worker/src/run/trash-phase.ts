import { type ChunkSummary, mapChunks } from "@pilab/chunking";
import { CAPTURES_PER_CALL_MAX, type ChangedCapture } from "@pilab/schema";
import type { PilabClient } from "@pilab/storage-core";
import type { WorkerEnvironment } from "../env.ts";
import type { Removal } from "./plan-run.ts";
import type { RunBook } from "./run-book.ts";

/** What a phase of a run works with. */
export interface PhaseContext {
  readonly client: PilabClient;
  readonly chunks: WorkerEnvironment["chunks"];
  readonly book: RunBook;
  /** Aborts when the lease is lost, too. */
  readonly signal: AbortSignal;
}

/** A call of SQL takes no more. */
export function chunksOf({ chunks, signal }: PhaseContext) {
  return { ...chunks, chunkSize: Math.min(chunks.chunkSize, CAPTURES_PER_CALL_MAX), signal };
}

/** Moves what a plan removes to the trash. What by now is pinned or gone is left alone and counted. */
export async function trashPhase(ctx: PhaseContext, removals: readonly Removal[]): Promise<ChunkSummary> {
  const run = mapChunks(removals, (chunk, { signal }) => trashChunk(ctx.client, chunk, signal), {
    ...chunksOf(ctx),
    // One after the other: the calls would wait for each other's locks.
    concurrency: 1,
  });
  for await (const result of run) {
    if (!result.ok) ctx.book.fail("trash", result.item.id, result.error);
    else if (result.value === "changed") {
      ctx.book.counts.trashed_files++;
      ctx.book.counts.trashed_bytes += result.item.bytes;
    } else ctx.book.skippedFiles++;
    await ctx.book.progress();
  }
  return run.summary();
}

async function trashChunk(
  client: PilabClient,
  chunk: readonly Removal[],
  signal: AbortSignal,
): Promise<ChangedCapture["outcome"][]> {
  const byReason = Map.groupBy(chunk, ({ reason }) => reason);
  const outcomes = new Map<string, ChangedCapture["outcome"]>();
  for (const [reason, removals] of byReason) {
    const ids = removals.map(({ id }) => id);
    for (const { id, outcome } of await client.captures.softDelete(ids, { reason, signal })) {
      outcomes.set(id, outcome);
    }
  }
  return chunk.map(({ id }) => outcomes.get(id) ?? "refused");
}
