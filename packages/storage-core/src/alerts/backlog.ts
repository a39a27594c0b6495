/** Where a device's queue and disk stood at two heartbeats. */
export interface BacklogTrend {
  readonly reportedAt: Date;
  readonly queueBytes: number;
  readonly diskFreeBytes: number;
  /** The earlier one; null: not known. */
  readonly past: { readonly reportedAt: Date; readonly queueBytes: number } | null;
  readonly uplinkBytesPerS: number | null;
}

/** What becomes of a backlog. */
export interface BacklogForecast {
  /** How the queue grows: what the camera makes less what the uplink takes away. Below 0: it shrinks. Null: not known. */
  readonly growthBytesPerS: number | null;
  /** Until the queue fills the card; null: not in sight. */
  readonly fullInMs: number | null;
  /** Until all is sent; null: not in sight. */
  readonly sentInMs: number | null;
}

/**
 * Looks ahead from how the queue has grown. The free space alone would mislead: an agent keeps copies of what is stored for as
 * long as there is room, and frees them when there is not.
 */
export function forecastBacklog(trend: BacklogTrend): BacklogForecast {
  const { past, queueBytes, diskFreeBytes, uplinkBytesPerS } = trend;
  const elapsedS = past === null ? 0 : (trend.reportedAt.getTime() - past.reportedAt.getTime()) / 1000;
  const growthBytesPerS = past === null || elapsedS <= 0 ? null : (queueBytes - past.queueBytes) / elapsedS;
  const isGrowing = growthBytesPerS !== null && growthBytesPerS > 0;
  // A queue that shrank is sent at the pace it shrank; without a past, at what the uplink gives.
  const drain = growthBytesPerS === null ? uplinkBytesPerS : -growthBytesPerS;
  return {
    growthBytesPerS,
    fullInMs: isGrowing ? (diskFreeBytes / growthBytesPerS) * 1000 : null,
    sentInMs: queueBytes === 0 ? 0 : drain !== null && drain > 0 ? (queueBytes / drain) * 1000 : null,
  };
}
