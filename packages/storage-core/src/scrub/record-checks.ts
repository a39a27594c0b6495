import {
  type CaptureCheckRow,
  type CheckableCapture,
  captureCheckRow,
  type RecordedChecks,
  recordedChecks,
} from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** What was found of one capture. */
export interface Check {
  readonly id: string;
  readonly object_path: string;
  readonly outcome: CaptureCheckRow["outcome"];
  readonly detail?: string | undefined;
  /** Read. */
  readonly bytes: number;
}

/** Keeps what was found, as far as it is still so; `through` moves the scrub on, `"end"` begins its next round. */
export async function recordChecks(
  ctx: PilabContext,
  bucket: string,
  {
    checks,
    through,
    signal,
  }: {
    checks: readonly Check[];
    through?: CheckableCapture | "end" | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<RecordedChecks> {
  const what = `recording ${checks.length} checks of ${bucket}`;
  const cursor = through === "end" ? {} : through && { sha256: through.sha256, device_id: through.device_id };
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("record_checks", {
        bucket_id: bucket,
        checks: checks.map((check) => ({ ...check })) as never,
        ...(cursor && { through: cursor }),
      });
      return parsed(recordedChecks, dataOf(await call.abortSignal(attempt.signal)), what);
    },
    // An answer that was lost would count the bytes of a day twice; the next run looks for itself.
    { signal, maxAttempts: 1 },
  );
}

const faultyCapture = captureCheckRow.extend({ captures: z.object({ object_path: z.string() }) });
/** A capture whose object is not what the catalogue says, as last looked at. */
export type FaultyCapture = CaptureCheckRow & { readonly object_path: string };

/** What is wrong in a bucket, checked longest ago first. For viewers and more. */
export async function faultyCaptures(
  ctx: PilabContext,
  {
    bucket = ctx.bucket,
    limit = 100,
    signal,
  }: { bucket?: string; limit?: number; signal?: AbortSignal | undefined } = {},
): Promise<FaultyCapture[]> {
  const what = `reading what is wrong in ${bucket}`;
  const rows = await ctx.call(
    { what },
    async (attempt) => {
      const faulty = ctx.supabase
        .from("capture_checks")
        .select("*, captures!inner(object_path)")
        .eq("bucket_id", bucket)
        .neq("outcome", "ok")
        .is("captures.purging_at", null);
      const page = faulty.order("checked_at").limit(Math.min(Math.max(1, limit), 1000));
      return parsed(z.array(faultyCapture), dataOf(await page.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
  return rows.map(({ captures, ...row }) => ({ ...row, object_path: captures.object_path }));
}
