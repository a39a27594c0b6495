/** How often, and how long, in milliseconds. Tests run the same agent faster. */
export interface AgentTimes {
  /** The heartbeat, and with it the device's settings and the upload report. */
  readonly heartbeatMs: number;
  /** From catalogued to the second look: invariant 1. */
  readonly confirmAfterMs: number;
  readonly confirmEveryMs: number;
  /** From one walk through what was confirmed to the next, a batch with each second look. */
  readonly recheckEveryMs: number;
  /** A look at the disk. */
  readonly spaceEveryMs: number;
  /** A look at copies that are old enough to go; past the disk's limit each look at the disk is one. */
  readonly freeEveryMs: number;
  /** A look at a page of the journal, for proofs that are old enough to go. */
  readonly forgetEveryMs: number;
  /** From a refusal to the next try. */
  readonly refusedMs: number;
  /** First and longest wait for a server that is away. */
  readonly awayMinMs: number;
  readonly awayMaxMs: number;
  /** First and longest wait of a file that failed by itself. */
  readonly failedMinMs: number;
  readonly failedMaxMs: number;
  /** After a boot the first sign-in waits for up to so long: a lab powers up as one. */
  readonly signInSpreadMs: number;
  /** On the way out, what is under way may be finished for so long; then it is parked. */
  readonly stopGraceMs: number;
  /** Every folder is gone through so often, in case the kernel kept a hint to itself, or a full disk a note. */
  readonly rescanMs: number;
  /** An incomplete file that nobody has written to for so long is given up. */
  readonly giveUpMs: number;
  /** A connection on which nothing moves for so long is given up. */
  readonly idleTimeoutMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What the design asks for. */
export const AGENT_TIMES: AgentTimes = {
  heartbeatMs: MINUTE,
  confirmAfterMs: HOUR,
  confirmEveryMs: 5 * MINUTE,
  recheckEveryMs: 24 * HOUR,
  spaceEveryMs: MINUTE,
  freeEveryMs: 15 * MINUTE,
  forgetEveryMs: 15 * MINUTE,
  refusedMs: 15 * MINUTE,
  awayMinMs: 1000,
  awayMaxMs: MINUTE,
  failedMinMs: 10_000,
  failedMaxMs: 6 * HOUR,
  signInSpreadMs: 2 * MINUTE,
  stopGraceMs: 6000,
  rescanMs: MINUTE,
  giveUpMs: MINUTE,
  idleTimeoutMs: MINUTE,
};

/** Doubles from `minMs` to `maxMs`, less up to half at random, so that many who fail together do not return together. */
export function backOffMs(failures: number, minMs: number, maxMs: number, random = Math.random): number {
  const whole = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole * (1 - random() / 2));
}
