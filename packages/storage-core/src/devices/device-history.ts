import type { Database } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

/** One hour of a device, in the names of table `device_status_hourly`, where each column is documented. */
export type DeviceHour = Database["public"]["Tables"]["device_status_hourly"]["Row"];

/** A device's past by the hour, oldest first; hours without a heartbeat have none. At most 90 days are kept. */
export async function deviceHistory(
  ctx: PilabContext,
  id: string,
  { since, signal }: { since: Date; signal?: AbortSignal | undefined },
): Promise<DeviceHour[]> {
  const hours: DeviceHour[] = [];
  for (let from = since.toISOString(); ; ) {
    const page = await ctx.call(
      { what: `reading the history of device ${id}` },
      async (attempt) => {
        const query = ctx.supabase.from("device_status_hourly").select("*").eq("device_id", id);
        const ordered = query[hours.length === 0 ? "gte" : "gt"]("hour", from).order("hour");
        return dataOf(await ordered.limit(1000).abortSignal(attempt.signal)) as DeviceHour[];
      },
      { signal },
    );
    hours.push(...page);
    const last = page.at(-1);
    // Until a page is empty: a project's max_rows may be less than was asked for.
    if (last === undefined) return hours;
    from = last.hour;
  }
}
