import type { CaptureRow, RetentionPolicy } from "@pilab/schema";
import { checkedPolicies } from "./checked-policies.ts";
import { getOrMake } from "./get-or-make.ts";

/** What of a capture policies look at to find whose it is. */
export type Placed = Pick<CaptureRow, "bucket_id" | "device_id" | "shot_type" | "series">;

/** All captures that no policy can tell apart by its scope. */
export interface Place extends Placed {
  /** The policy that decides here; null: none covers it. */
  policy: RetentionPolicy | null;
  /** Whom keep_last and thinning count together: bucket, device, series and the policy. */
  group: string;
  /** Every policy with max_bytes that counts these captures, the deciding one or not. */
  scopes: readonly RetentionPolicy[];
}

/**
 * Finds each capture's place. Policies are compared in the order series, device, shot type, bucket: the most specific
 * that covers a capture decides alone. Places are made once; there are as many as differ among the captures.
 */
export function createPlaces(policies: readonly RetentionPolicy[]): (capture: Placed) => Place {
  const ranked = bySpecificity(checkedPolicies(policies));
  const places = new Map<string, Place>();
  return ({ bucket_id, device_id, shot_type, series }) => {
    const where = { bucket_id, device_id, shot_type, series };
    return getOrMake(places, JSON.stringify(where), () => {
      const covering = ranked.filter((policy) => covers(policy, where));
      const policy = covering[0] ?? null;
      const group = JSON.stringify([bucket_id, device_id, series, policy && ranked.indexOf(policy)]);
      return { ...where, policy, group, scopes: covering.filter(({ max_bytes }) => max_bytes !== null) };
    });
  };
}

/** The most specific first. Two of one rank cover no capture together, unless it is one policy twice. */
export function bySpecificity(policies: readonly RetentionPolicy[]): RetentionPolicy[] {
  return policies.toSorted((a, b) => rank(b) - rank(a));
}

/** As a number in which series outweighs all that follows it, and so on. */
function rank({ series, device_id, shot_type, bucket_id }: RetentionPolicy): number {
  return [series, device_id, shot_type, bucket_id].reduce(
    (sum, field) => sum * 2 + (field === null ? 0 : 1),
    0,
  );
}

function covers(policy: RetentionPolicy, capture: Placed): boolean {
  return (["series", "device_id", "shot_type", "bucket_id"] as const).every(
    (field) => policy[field] === null || policy[field] === capture[field],
  );
}
