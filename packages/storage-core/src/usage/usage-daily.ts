import { type UsageDay, usageDay } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** Settings of {@link usageDaily}. */
export interface UsageDailyOptions {
  /** First UTC day; at most ten years ago. */
  readonly since: Date;
  /** Last UTC day. Default: today. */
  readonly until?: Date | undefined;
  readonly groupBy?: "device" | "shot_type" | "series" | undefined;
  /** Default: the client's bucket. */
  readonly bucket?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What arrived on each day, and what of it is stored now, from counters; days without arrivals are left out. */
export async function usageDaily(
  ctx: PilabContext,
  { since, until, groupBy, bucket = ctx.bucket, signal }: UsageDailyOptions,
): Promise<UsageDay[]> {
  const what = `reading the daily usage of ${bucket}`;
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("usage_daily", {
        bucket_id: bucket,
        since: day(since),
        ...(until !== undefined && { until: day(until) }),
        ...(groupBy !== undefined && { group_by: groupBy }),
      });
      return parsed(usageDay.array(), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}
