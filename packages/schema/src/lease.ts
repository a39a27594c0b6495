import { z } from "zod";
import { count, timestamp } from "./fields.ts";

const holder = z.string().min(1).max(200);

/** A row of `leases`. `expires_at` in the past: free. */
export const leaseRow = z.object({
  name: z.string().min(1).max(200),
  holder,
  lease_token: count,
  acquired_at: timestamp,
  expires_at: timestamp,
});
/** See {@link leaseRow}. */
export type LeaseRow = z.infer<typeof leaseRow>;

/** What `acquire_lease` answers, in one row: the token when it was free, else who has it and until when. */
export const acquiredLease = z.discriminatedUnion("acquired", [
  z.object({ acquired: z.literal(true), lease_token: count, holder_now: holder, expires_at: timestamp }),
  z.object({ acquired: z.literal(false), lease_token: z.null(), holder_now: holder, expires_at: timestamp }),
]);
/** See {@link acquiredLease}. */
export type AcquiredLease = z.infer<typeof acquiredLease>;

/** The name of the lease under which the trash and the purge of a bucket are worked on. */
export function retentionLease(bucketId: string): string {
  return `retention:${bucketId}`;
}
