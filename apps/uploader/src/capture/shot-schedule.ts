/** When to take the next picture, and how many were due while nobody could. */
export interface NextShot {
  /** On the clock that `nowMs` was read from. */
  atMs: number;
  missed: number;
}

/**
 * The first point of the schedule `startMs + n × intervalMs` that is later than the last one taken and not past. Points
 * that passed meanwhile are missed, not made up for: a picture is of its moment. So the rhythm holds however long a
 * camera takes, and never drifts.
 */
export function nextShot(
  startMs: number,
  intervalMs: number,
  lastMs: number | null,
  nowMs: number,
): NextShot {
  // The first is due at once, though by now its point is a moment ago.
  if (lastMs === null) return { atMs: startMs, missed: 0 };
  const wanted = Math.round((lastMs - startMs) / intervalMs) + 1;
  const possible = Math.ceil((nowMs - startMs) / intervalMs);
  const index = Math.max(wanted, possible);
  return { atMs: startMs + index * intervalMs, missed: index - wanted };
}
