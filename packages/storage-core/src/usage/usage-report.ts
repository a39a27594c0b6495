import type { StorageUsage } from "@pilab/schema";
import type { PilabClient } from "../client.ts";

/** What /api/storage/usage answers: the original's totals, and all that `usage.get` tells. */
export interface UsageReport extends StorageUsage {
  readonly total_files: number;
  readonly total_size_bytes: number;
  readonly total_size_mb: number;
  /** Of the quota, 0 to 1 and above; null: no quota. */
  readonly used_share: number | null;
}

/** How full a bucket is. For viewers, operators, admins and the service key. */
export async function usageReport(client: PilabClient, bucket?: string): Promise<UsageReport> {
  const usage = await client.usage.get(bucket);
  const { files, bytes } = usage.stored;
  return {
    total_files: files,
    total_size_bytes: bytes,
    total_size_mb: Math.round(bytes / 10_000) / 100,
    used_share: usage.quota_bytes === null ? null : bytes / usage.quota_bytes,
    ...usage,
  };
}
