import { type StorageUsage, storageUsage } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** How full a bucket is, from counters: the same cost at any size. For viewers, operators, admins and the service key. */
export async function getUsage(ctx: PilabContext, bucket: string = ctx.bucket): Promise<StorageUsage> {
  const what = `reading the usage of ${bucket}`;
  return await ctx.call({ what }, async ({ signal }) => {
    const call = ctx.supabase.rpc("storage_usage", { bucket_id: bucket });
    return parsed(storageUsage, dataOf(await call.abortSignal(signal)), what);
  });
}
