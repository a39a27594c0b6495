import { type KnownCapture, knownCapture } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { parsed } from "../supabase-error.ts";

/** Settings of {@link knownCaptures}. */
export interface KnownOptions {
  /** The device's id; only with the service key. */
  readonly forDeviceId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks for many hashes in one call, before bytes are sent. At most 500; one answer a distinct hash. */
export async function knownCaptures(
  ctx: PilabContext,
  hashes: readonly string[],
  { forDeviceId, signal }: KnownOptions = {},
): Promise<Map<string, KnownCapture>> {
  const what = `asking which of ${hashes.length} captures are known`;
  const rows = await ctx.call(
    { what },
    async (attempt) => {
      const args = {
        bucket_id: ctx.bucket,
        hashes: [...new Set(hashes)],
        ...(forDeviceId !== undefined && { for_device_id: forDeviceId }),
      };
      return parsed(z.array(knownCapture), await ctx.rest.rpc("known_captures", args, attempt.signal), what);
    },
    { signal },
  );
  return new Map(rows.map((row) => [row.sha256, row]));
}
