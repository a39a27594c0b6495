/** How messages are held together and repeated, in seconds: Alertmanager's numbers. docs/alerts.md shows this table. */
export const NOTICE_TIMING = {
  /** From the first change of a group to its message, so that what happens together is told together. */
  groupWaitS: 30,
  /** From one message of a group to the next on the same channel. */
  groupIntervalS: 5 * 60,
  /** From one message to the next while a critical alert is open, neither acknowledged nor silenced. */
  repeatS: 4 * 60 * 60,
} as const;

/** How rounds of evaluation follow each other, in seconds. */
export const ROUND_TIMING = {
  /** From one round to the next. */
  everyS: 30,
  /** A round counts at most so much time towards open_after_s and resolve_after_s: what was not watched is not known. */
  stepMaxS: 120,
  /** Rounds further apart, or a clock that went back, start the watch anew. */
  gapS: 180,
  /** After that, silence is not judged for so long: after an outage of the server each device gets the time to come back. */
  settleS: 10 * 60,
  /** An alert's last_seen_at, title and numbers are renewed this often: each renewal is an event on live pages. */
  renewS: 5 * 60,
} as const;
