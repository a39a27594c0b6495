import {
  type BucketSettingsRow,
  bucketSettingsRow,
  type CaptureStatsRow,
  captureStatsRow,
} from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** The settings of every bucket that is PiLab's. */
export async function listBuckets(ctx: PilabContext, signal?: AbortSignal): Promise<BucketSettingsRow[]> {
  const what = "reading bucket settings";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.from("bucket_settings").select("*").order("bucket_id");
      return parsed(z.array(bucketSettingsRow), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}

const PAGE = 1000;

/** The counters of a bucket for each UTC day since one, by device, shot type and series. */
export async function* dailyStats(
  ctx: PilabContext,
  { bucket, since, signal }: { bucket: string; since: Date; signal?: AbortSignal | undefined },
): AsyncGenerator<CaptureStatsRow> {
  const what = "reading daily counters";
  for (let from = 0; ; ) {
    const rows = await ctx.call(
      { what },
      async (attempt) => {
        const query = ctx.supabase
          .from("capture_stats_daily")
          .select("*")
          .eq("bucket_id", bucket)
          .gte("day", since.toISOString().slice(0, 10));
        const ordered = query.order("day").order("device_id").order("shot_type").order("series");
        const page = ordered.range(from, from + PAGE - 1);
        return parsed(z.array(captureStatsRow), dataOf(await page.abortSignal(attempt.signal)), what);
      },
      { signal },
    );
    if (rows.length === 0) return;
    yield* rows;
    from += rows.length;
  }
}
