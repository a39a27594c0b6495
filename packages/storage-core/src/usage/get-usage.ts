import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

/** A number of files and their bytes. */
export interface FilesAndBytes {
  readonly files: number;
  readonly bytes: number;
}

/** How full a bucket is, in the names of `storage_usage`. */
export interface StorageUsage {
  readonly bucket_id: string;
  /** Null: no quota. */
  readonly quota_bytes: number | null;
  readonly live: FilesAndBytes;
  readonly trashed: FilesAndBytes;
  readonly purging: FilesAndBytes;
  /** What is gone. */
  readonly purged: FilesAndBytes;
  /** What takes up space: live, trashed and purging, thumbnails included. */
  readonly stored: FilesAndBytes;
  readonly by_device: readonly (FilesAndBytes & { device_id: string; slug: string })[];
  readonly by_shot_type: readonly (FilesAndBytes & { shot_type: string | null })[];
  readonly by_series: readonly (FilesAndBytes & { series: string | null })[];
  /** The last 30 days, by the server's day of arrival. */
  readonly by_day: readonly (FilesAndBytes & { day: string })[];
}

/** How full a bucket is, from counters: the same cost at any size. For viewers, operators, admins and the service key. */
export async function getUsage(ctx: PilabContext, bucket: string = ctx.bucket): Promise<StorageUsage> {
  return await ctx.call(
    { what: `reading the usage of ${bucket}` },
    async ({ signal }) =>
      dataOf(
        await ctx.supabase.rpc("storage_usage", { bucket_id: bucket }).abortSignal(signal),
      ) as unknown as StorageUsage,
  );
}
