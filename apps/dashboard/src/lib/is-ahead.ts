/** A clock that is minutes ahead is no matter; one that is years ahead makes its captures the newest for years. */
const AHEAD_MS = 5 * 60_000;

/** Whether the clock by which a capture was taken was ahead when it arrived. */
export function isAhead(capture: { captured_at: string; created_at: string }): boolean {
  return Date.parse(capture.captured_at) - Date.parse(capture.created_at) > AHEAD_MS;
}
