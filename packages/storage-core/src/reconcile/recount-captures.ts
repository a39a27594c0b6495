import { recounted } from "@pilab/schema";
import type { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** Counters that are not what the rows say, one for each day, shot type and series of a device, and totals that are not their sums. */
export async function recountCaptures(
  ctx: PilabContext,
  { bucket, repair, signal }: { bucket: string; repair: boolean; signal?: AbortSignal | undefined },
): Promise<number> {
  let drifted = 0;
  for await (const deviceId of deviceIds(ctx, signal)) {
    let driftedDays = 0;
    for (let from: string | null = "1970-01-01"; from !== null; ) {
      const args = { bucket_id: bucket, device_id: deviceId, from_day: from, repair };
      const what = `counting the captures of device ${deviceId} anew`;
      const part: z.infer<typeof recounted> = await ctx.call(
        { what },
        async (attempt) =>
          parsed(
            recounted,
            dataOf(await ctx.supabase.rpc("recount_captures", args).abortSignal(attempt.signal)),
            what,
          ),
        // A repair adds a difference that is found in the same breath: a second one finds none.
        { signal },
      );
      driftedDays += part.drift.length;
      // Totals are held against the days: nothing can be said of them while these are wrong.
      if (driftedDays === 0 || repair) drifted += part.totals_drift.length;
      from = part.next_day;
    }
    drifted += driftedDays;
  }
  return drifted;
}

async function* deviceIds(ctx: PilabContext, signal: AbortSignal | undefined): AsyncGenerator<string> {
  for (let after = "00000000-0000-0000-0000-000000000000"; ; ) {
    const page: { id: string }[] = await ctx.call(
      { what: "listing devices" },
      async (attempt) =>
        dataOf(
          await ctx.supabase
            .from("devices")
            .select("id")
            .gt("id", after)
            .order("id")
            .limit(500)
            .abortSignal(attempt.signal),
        ),
      { signal },
    );
    for (const { id } of page) yield id;
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }
}
