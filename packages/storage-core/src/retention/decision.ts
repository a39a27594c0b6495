import type { RetentionPolicy } from "@pilab/schema";
import { getOrMake } from "./get-or-make.ts";
import type { Place } from "./places.ts";
import type { Reason } from "./reason.ts";

/** What retention does with one capture, and why. */
export interface Decision {
  id: string;
  bucketId: string;
  /** What removing it would free after its grace, its thumbnail included. */
  bytes: number;
  action: "keep" | "remove";
  /** The policy that decided: the most specific that covers it; null: none does. */
  policy: RetentionPolicy | null;
  reasons: readonly Reason[];
}

/** What a plan comes to for the captures of one bucket under one policy; policy null: those that none covers. */
export interface PlanTally {
  bucketId: string;
  policy: RetentionPolicy | null;
  /** All that are live, those to be removed included. */
  liveFiles: number;
  liveBytes: number;
  removedFiles: number;
  removedBytes: number;
  /** Kept for their pin alone. */
  heldFiles: number;
  heldBytes: number;
}

/** Finds the tally of each place: one a bucket and policy. */
export function createTallies(): { of(place: Place): PlanTally; all(): PlanTally[] } {
  const byPolicy = new Map<RetentionPolicy | null, Map<string, PlanTally>>();
  return {
    of({ policy, bucket_id: bucketId }) {
      const byBucket = getOrMake(byPolicy, policy, () => new Map<string, PlanTally>());
      return getOrMake(byBucket, bucketId, () => ({
        bucketId,
        policy,
        liveFiles: 0,
        liveBytes: 0,
        removedFiles: 0,
        removedBytes: 0,
        heldFiles: 0,
        heldBytes: 0,
      }));
    },
    all: () => [...byPolicy.values()].flatMap((byBucket) => [...byBucket.values()]),
  };
}
