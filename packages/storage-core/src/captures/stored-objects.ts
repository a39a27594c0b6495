import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";
import type { HeldObject } from "../uploads/verify-decision.ts";

/**
 * What the server holds under at most 500 paths, in one call: the same facts that Storage's info() gives for one. A
 * path that is missing in the answer holds nothing, or nothing that this account may read.
 */
export async function storedObjects(
  ctx: PilabContext,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, HeldObject>> {
  const rows = await ctx.call(
    { what: `asking what the server holds of ${paths.length} objects` },
    async (attempt) =>
      dataOf(
        await ctx.supabase
          .rpc("stored_objects", { bucket_id: ctx.bucket, object_paths: paths })
          .abortSignal(attempt.signal),
      ) as StoredRow[],
    { signal },
  );
  return new Map(
    rows.map(({ object_path, size_bytes, etag }) => [object_path, { sizeBytes: size_bytes, etag }]),
  );
}

interface StoredRow {
  object_path: string;
  size_bytes: number;
  etag: string | null;
}
