import type { RetentionPolicy } from "@pilab/schema";
import { createPlaces, type Placed } from "./places.ts";

/** Days in the trash where no policy says another number. */
const DEFAULT_GRACE_DAYS = 7;

/**
 * How many days a capture stays restorable in the trash: its winning policy's word as it is now, as `begin_purge` asks it.
 */
export function createGrace(policies: readonly RetentionPolicy[]): (capture: Placed) => number {
  const placeOf = createPlaces(policies);
  return (capture) => placeOf(capture).policy?.grace_days ?? DEFAULT_GRACE_DAYS;
}
