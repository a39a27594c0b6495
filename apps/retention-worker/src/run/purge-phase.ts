import { type ChunkSummary, failed, mapChunks } from "@pilab/chunking";
import { isPilabError, PilabError } from "@pilab/schema";
import type { PurgeOutcome, TrashedCapture } from "@pilab/storage-core";
import { chunksOf, type PhaseContext } from "./trash-phase.ts";

/** Purges what is due, under the lease of the bucket. */
export async function purgePhase(
  ctx: PhaseContext,
  due: AsyncIterable<TrashedCapture>,
  { bucket, leaseToken }: { bucket: string; leaseToken: number },
): Promise<ChunkSummary> {
  const purgeChunk = async (chunk: TrashedCapture[], { signal }: { signal: AbortSignal }) => {
    const ids = chunk.map(({ id }) => id);
    const outcomes = await ctx.client.retention.purge({ bucket, ids, leaseToken, signal });
    const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
    return chunk.map(({ id }) => freedBytes(id, byId.get(id)));
  };
  // Two at once: while Storage removes the objects of one, the catalogue claims or finishes the other.
  const run = mapChunks(due, purgeChunk, { ...chunksOf(ctx), concurrency: 2 });
  for await (const result of run) {
    if (!result.ok) {
      if (isPilabError(result.error) && result.error.code === "conflict")
        throw lostLease(bucket, result.error);
      ctx.book.fail("purge", result.item.id, result.error);
    } else if (result.value === null) ctx.book.skippedFiles++;
    else {
      ctx.book.counts.purged_files++;
      ctx.book.counts.purged_bytes += result.value;
    }
    await ctx.book.progress();
  }
  return run.summary();
}

/** The bytes that were freed; null: it is not to be purged by now; or the failure. */
function freedBytes(id: string, outcome: PurgeOutcome | undefined) {
  if (outcome === undefined) {
    return failed(new PilabError("server_lied", `the purge gave no outcome for capture ${id}`));
  }
  if (outcome.outcome !== "refused") return outcome.bytes ?? 0;
  if (outcome.reason !== "object_present") return null;
  return failed(
    new PilabError("server_lied", "Storage said that objects were removed which are still there"),
  );
}

/** begin_purge says so before our own clock does, when this process slept. */
function lostLease(bucket: string, cause: PilabError): PilabError {
  return new PilabError("lock_held", `lost the lease of ${bucket}: ${cause.message}`, {
    cause,
    hint: "Run it again: it goes on where it stopped.",
  });
}
