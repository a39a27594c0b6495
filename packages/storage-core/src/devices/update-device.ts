import { type DeviceRow, deviceRow, newDevice, PilabError } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

const deviceChanges = deviceRow
  .pick({ name: true, expected_interval_s: true, series: true, shot_type: true, paused_until: true })
  .extend({ time_zone: newDevice.shape.time_zone.unwrap() })
  .partial()
  .strict();

/** What may change of a device: name, zone and interval by operators, the rest by admins. */
export type DeviceChanges = z.infer<typeof deviceChanges>;

/** Changes a device's settings; its agent reads them at the next heartbeat. Returns the row as it is now. */
export async function updateDevice(
  ctx: PilabContext,
  id: string,
  changes: DeviceChanges,
): Promise<DeviceRow> {
  const { data, error } = deviceChanges.safeParse(changes);
  if (error) throw new PilabError("invalid_input", `devices.update: ${z.prettifyError(error)}`);
  return await write(ctx, id, data);
}

/** Takes a device out of service: from now on its account has no rights. Its captures stay. For admins. */
export async function retireDevice(ctx: PilabContext, id: string): Promise<DeviceRow> {
  const now = new Date(Date.now() + (ctx.clock.offsetMs() ?? 0));
  return await write(ctx, id, { retired_at: now.toISOString() });
}

async function write(
  ctx: PilabContext,
  id: string,
  changes: DeviceChanges & { retired_at?: string },
): Promise<DeviceRow> {
  const what = `changing device ${id}`;
  const rows = await ctx.call({ what }, async ({ signal }) => {
    const call = ctx.supabase.from("devices").update(changes).eq("id", id).select("*");
    return parsed(deviceRow.array(), dataOf(await call.abortSignal(signal)), what);
  });
  if (rows[0]) return rows[0];
  throw new PilabError("not_found", `There is no device ${id}, or this account may not change it`, {
    hint: "Operators may change a device's name, time zone and interval, admins all of it.",
  });
}
