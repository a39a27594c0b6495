import { type AcquiredLease, acquiredLease } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** Takes a lease when it is free, for so many seconds of the server's clock. With the service key only. */
export async function acquireLease(
  ctx: PilabContext,
  name: string,
  { holder, ttlS, signal }: { holder: string; ttlS: number; signal?: AbortSignal | undefined },
): Promise<AcquiredLease> {
  const what = `acquiring the lease ${name}`;
  const [row] = await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("acquire_lease", { name, holder, ttl_s: ttlS });
      return parsed(z.tuple([acquiredLease]), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    // Once: an answer that was lost may have acquired it, and a second try would call ourselves the other holder.
    { signal, maxAttempts: 1 },
  );
  return row;
}

/** Whether the lease was still held with this token, and so is for another `ttlS` seconds. */
export async function renewLease(
  ctx: PilabContext,
  name: string,
  { token, ttlS, signal }: { token: number; ttlS: number; signal?: AbortSignal | undefined },
): Promise<boolean> {
  const until = await ctx.call(
    { what: `renewing the lease ${name}` },
    async (attempt) => {
      const call = ctx.supabase.rpc("renew_lease", { name, lease_token: token, ttl_s: ttlS });
      return dataOf(await call.abortSignal(attempt.signal)) as string | null;
    },
    { signal, maxAttempts: 1 },
  );
  return until !== null;
}

/** Frees a lease; false: it was not held with this token. */
export async function releaseLease(ctx: PilabContext, name: string, token: number): Promise<boolean> {
  return await ctx.call({ what: `releasing the lease ${name}` }, async ({ signal }) =>
    dataOf(await ctx.supabase.rpc("release_lease", { name, lease_token: token }).abortSignal(signal)),
  );
}
