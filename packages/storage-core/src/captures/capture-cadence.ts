import { type CaptureCadence, captureCadence as contract } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** Settings of {@link captureCadence}: a device or a series, and steps of time, at most 2000 of them. */
export interface CadenceOptions {
  /** A device's id; or … */
  readonly device?: string | undefined;
  /** … a series, for which each of its devices is told. */
  readonly series?: string | undefined;
  readonly since: Date;
  readonly until: Date;
  /** Length of a step, 1 to 1440. Default 60. */
  readonly bucketMinutes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Frames received in each step of time, by when they were taken, next to the interval that is expected now. What
 * retention has removed since counts: it did arrive. Repeats of the same bytes are told apart from them: nothing new was seen.
 */
export async function captureCadence(ctx: PilabContext, options: CadenceOptions): Promise<CaptureCadence> {
  const { device, series, since, until, bucketMinutes = 60, signal } = options;
  const what = "counting the frames received";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("capture_cadence", {
        since: since.toISOString(),
        until: until.toISOString(),
        bucket_minutes: bucketMinutes,
        ...(device !== undefined && { for_device_id: device }),
        ...(series !== undefined && { for_series: series }),
      });
      return parsed(contract, dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}
