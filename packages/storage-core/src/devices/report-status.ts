import type { DeviceStatusReport } from "@pilab/schema";
import type { PilabContext } from "../context.ts";

/** Replaces what the server shows of the device's state; the heartbeat. `forDeviceId` only with the service key. */
export async function reportStatus(
  ctx: PilabContext,
  status: DeviceStatusReport,
  { forDeviceId, signal }: { forDeviceId?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await ctx.call(
    { what: "the heartbeat" },
    async (attempt) => {
      const args = { status, ...(forDeviceId !== undefined && { for_device_id: forDeviceId }) };
      await ctx.rest.rpc("report_device_status", args, attempt.signal);
    },
    // The next one is a minute away and says more.
    { signal, maxAttempts: 2 },
  );
}
