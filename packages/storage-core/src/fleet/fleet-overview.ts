import { fleetOverview as contract, type FleetOverview } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import { successRate } from "../usage/upload-stats.ts";
import { type DeviceWithStatus, withStates } from "./devices-overview.ts";
import { forecastFull } from "./forecast-full.ts";

/** What an overview page shows. */
export interface Overview extends Omit<FleetOverview, "devices"> {
  readonly devices: DeviceWithStatus[];
  /** Of the last 24 hours, 0 to 1; null: there were no uploads. */
  readonly success_rate: number | null;
  /** When the bucket is full if it goes on like the last week; null: never, not foreseeable, or no quota. */
  readonly full_at: string | null;
}

/** Usage, uploads of the last 24 hours, open alerts, workers and devices, in one round trip. For viewers and more. */
export async function fleetOverview(
  ctx: PilabContext,
  { bucket = ctx.bucket, signal }: { bucket?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Overview> {
  const what = "reading the overview";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("fleet_overview", { bucket_id: bucket });
      const read = parsed(contract, dataOf(await call.abortSignal(attempt.signal)), what);
      const fullAt = forecastFull(read, new Date(read.read_at));
      return {
        ...read,
        devices: withStates(read),
        success_rate: successRate(read.uploads),
        full_at: fullAt?.toISOString() ?? null,
      };
    },
    { signal },
  );
}
