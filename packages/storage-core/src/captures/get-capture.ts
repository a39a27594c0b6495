import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";
import type { Capture } from "./capture.ts";

/** One capture by its id, tombstones included. Throws `not_found`, also for what this account may not see. */
export async function getCapture(ctx: PilabContext, id: string, signal?: AbortSignal): Promise<Capture> {
  const rows = await ctx.call(
    { what: `reading capture ${id}` },
    async (attempt) =>
      dataOf(
        await ctx.supabase.from("captures").select("*").eq("id", id).abortSignal(attempt.signal),
      ) as Capture[],
    { signal },
  );
  if (rows[0]) return rows[0];
  throw new PilabError("not_found", `There is no capture ${id}, or this account may not see it`);
}

/** Whether a live capture with these bytes is catalogued, as far as this account may see. */
export async function captureExists(
  ctx: PilabContext,
  sha256: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const rows = await ctx.call(
    { what: `asking for the capture with SHA-256 ${sha256}` },
    async (attempt) =>
      dataOf(
        await ctx.supabase
          .from("captures")
          .select("id")
          .eq("bucket_id", ctx.bucket)
          .eq("sha256", sha256.toLowerCase())
          .is("deleted_at", null)
          .limit(1)
          .abortSignal(attempt.signal),
      ) as { id: string }[],
    { signal },
  );
  return rows.length > 0;
}
