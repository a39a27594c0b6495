import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { parsed } from "../supabase-error.ts";
import type { HeldObject } from "../uploads/verify-decision.ts";

const storedObject = z.object({
  object_path: z.string(),
  size_bytes: z.number().nullable(),
  etag: z.string().nullable(),
});

/**
 * What the server holds under at most 500 paths, in one call: the same facts that Storage's info() gives for one. A
 * path that is missing in the answer holds nothing, or nothing that this account may read.
 */
export async function storedObjects(
  ctx: PilabContext,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, HeldObject>> {
  const what = `asking what the server holds of ${paths.length} objects`;
  const rows = await ctx.call(
    { what },
    async (attempt) => {
      const args = { bucket_id: ctx.bucket, object_paths: [...paths] };
      return parsed(z.array(storedObject), await ctx.rest.rpc("stored_objects", args, attempt.signal), what);
    },
    { signal },
  );
  // Storage writes the size when the bytes are in place: without one nothing is held yet.
  return new Map(
    rows.flatMap(({ object_path, size_bytes, etag }) =>
      size_bytes === null ? [] : [[object_path, { sizeBytes: size_bytes, etag }] as const],
    ),
  );
}
