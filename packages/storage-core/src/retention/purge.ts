import { type PurgedCapture, purgedCapture } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { answerError, dataOf, parsed } from "../supabase-error.ts";
import { thumbnailPlace } from "../uploads/object-path.ts";

/** One batch of a purge. */
export interface PurgeBatch {
  readonly bucket: string;
  /** At most 500. */
  readonly ids: readonly string[];
  /** Of the lease `retention:<bucket>`. */
  readonly leaseToken: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a batch came to, one a distinct id: what begin_purge refused, else what finish_purge found. */
export type PurgeOutcome = PurgedCapture;

/**
 * Purges captures that are past their grace: claims the rows under the lease, removes objects and thumbnails by the Storage
 * API, and makes tombstones of those of which nothing is stored any more: whatever Storage answered, the catalogue looks for
 * itself (`object_present`). What is claimed and not finished stays `purging`, for the next run. With the service key only.
 */
export async function purgeCaptures(ctx: PilabContext, batch: PurgeBatch): Promise<PurgeOutcome[]> {
  const { bucket, ids, signal } = batch;
  const claimed = await beginPurge(ctx, batch);
  const refused = claimed.filter(({ outcome }) => outcome === "refused");
  const paths = claimed.flatMap(({ outcome, object_path }) =>
    outcome !== "refused" && object_path !== null ? [object_path] : [],
  );
  if (paths.length === 0) return refused;
  const thumbnails = paths.map((path) => thumbnailPlace(bucket, path).path);
  const removals = await Promise.allSettled([
    removeObjects(ctx, bucket, paths, signal),
    removeObjects(ctx, thumbnailPlace(bucket, "").bucket, thumbnails, signal),
  ]);
  for (const removal of removals) if (removal.status === "rejected") throw removal.reason;
  const gone = new Set(refused.map(({ id }) => id));
  return [...refused, ...(await finishPurge(ctx, { ids: ids.filter((id) => !gone.has(id)), signal }))];
}

async function beginPurge(
  ctx: PilabContext,
  { bucket, ids, leaseToken, signal }: PurgeBatch,
): Promise<PurgedCapture[]> {
  const what = `claiming ${ids.length} captures for a purge`;
  const args = { bucket_id: bucket, ids: [...ids], lease_token: leaseToken };
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("begin_purge", args);
      return parsed(z.array(purgedCapture), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}

/** Asks Storage to remove objects. Its answer proves nothing: what it had no right to remove, it leaves out in silence. */
export async function removeObjects(
  ctx: PilabContext,
  bucket: string,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const body = Buffer.from(JSON.stringify({ prefixes: paths }));
  await ctx.call(
    { what: `removing ${paths.length} objects of ${bucket}` },
    async (attempt) => {
      const answer = await ctx.transport.send({
        method: "DELETE",
        path: `/storage/v1/object/${encodeURIComponent(bucket)}`,
        headers: { ...(await ctx.authHeaders(attempt.signal)), "content-type": "application/json" },
        body,
        signal: attempt.signal,
      });
      if (answer.status >= 400) throw answerError(answer);
    },
    { signal },
  );
}

async function finishPurge(
  ctx: PilabContext,
  { ids, signal }: Pick<PurgeBatch, "ids" | "signal">,
): Promise<PurgedCapture[]> {
  const what = `finishing the purge of ${ids.length} captures`;
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("finish_purge", { ids: [...ids] });
      return parsed(z.array(purgedCapture), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}
