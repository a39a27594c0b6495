import { metricsSnapshot as contract, type MetricsSnapshot } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** All that a scrape tells, in one round trip, from counters. With the service key, or for viewers and more. */
export async function metricsSnapshot(ctx: PilabContext, signal?: AbortSignal): Promise<MetricsSnapshot> {
  const what = "reading the metrics";
  return await ctx.call(
    { what },
    async (attempt) =>
      parsed(contract, dataOf(await ctx.supabase.rpc("metrics_snapshot").abortSignal(attempt.signal)), what),
    // The next scrape comes soon.
    { signal, maxAttempts: 2 },
  );
}
