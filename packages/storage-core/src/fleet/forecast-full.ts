import type { FleetOverview } from "@pilab/schema";

const DAY_MS = 86_400_000;
/** Beyond, a week's growth says nothing. */
const HORIZON_DAYS = 3650;

/**
 * When a bucket reaches its quota if arrivals and purges go on as in the last week; null when it has no quota, does not
 * grow, or not within ten years. Retention's own forecast knows the policies; this one is from counters, for overviews.
 */
export function forecastFull(
  { usage, growth }: Pick<FleetOverview, "usage" | "growth">,
  now: Date,
): Date | null {
  if (usage.quota_bytes === null) return null;
  const leftBytes = usage.quota_bytes - usage.stored.bytes;
  if (leftBytes <= 0) return now;
  const days = leftBytes / (growth.bytes_per_day - growth.purged_bytes_per_day);
  return days > 0 && days <= HORIZON_DAYS ? new Date(now.getTime() + days * DAY_MS) : null;
}
