import { type DeviceOverview, type DevicesOverview, devicesOverview, PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import { type DeviceStateName, deviceState } from "./device-state.ts";

/** A device with its heartbeat, its newest picture, and how it is. */
export interface DeviceWithStatus extends DeviceOverview {
  readonly state: DeviceStateName;
  /** The server's clock when this was read: ages are told by it, whatever the reader's clock says. */
  readonly read_at: string;
}

/** All devices that this account may see, by slug, retired ones last. */
export async function listDevices(ctx: PilabContext, signal?: AbortSignal): Promise<DeviceWithStatus[]> {
  return await read(ctx, "listing devices", {}, signal);
}

/** One device by its id. Throws `not_found`, also for one that this account may not see. */
export async function getDevice(
  ctx: PilabContext,
  id: string,
  signal?: AbortSignal,
): Promise<DeviceWithStatus> {
  const [device] = await read(ctx, `reading device ${id}`, { for_device_id: id }, signal);
  if (device) return device;
  throw new PilabError("not_found", `There is no device ${id}, or this account may not see it`);
}

/** Adds to each device how it is. */
export function withStates({ read_at, devices }: DevicesOverview): DeviceWithStatus[] {
  const now = new Date(read_at);
  return devices.map((device) => {
    const reportedAt = date(device.status?.reported_at);
    const lastArrivalAt = date(device.last_arrival_at);
    return { ...device, state: deviceState({ device, reportedAt, lastArrivalAt }, now), read_at };
  });
}

function date(time: string | null | undefined): Date | null {
  return time == null ? null : new Date(time);
}

async function read(
  ctx: PilabContext,
  what: string,
  args: { for_device_id?: string },
  signal: AbortSignal | undefined,
): Promise<DeviceWithStatus[]> {
  return await ctx.call(
    { what },
    async (attempt) => {
      const answer = await ctx.supabase.rpc("device_overview", args).abortSignal(attempt.signal);
      return withStates(parsed(devicesOverview, dataOf(answer), what));
    },
    { signal },
  );
}
