/** What is known about the clock when a capture waits to be logged. */
export interface ClockEvidence {
  /** Whether the system's clock is synchronised; null where it does not tell. */
  synchronised: boolean | null;
  /** Server's clock minus ours, from the Date header; undefined before the first answer. */
  serverOffsetMs: number | undefined;
  /** How long this capture has waited, on the clock that never jumps. */
  waitedMs: number;
  /** Longest wait. Default 10 minutes. */
  maxWaitMs?: number;
}

/** What to do with a capture's time. */
export type ClockDecision =
  | {
      kind: "known";
      /** To be added to times read from our clock; goes into `clock_offset_ms`. */
      offsetMs: number;
      by: "synchronisation" | "server";
      /** By how much the synchronised clock and the server's differ, when by minutes: one of them is wrong. */
      disagreementMs?: number;
    }
  | { kind: "wait"; forMs: number }
  /** Logged all the same, with `captured_at_trusted` false. */
  | { kind: "unknown" };

const MAX_WAIT_MS = 10 * 60_000;
/** A Date header is in whole seconds and travels; less than this is agreement. */
const AGREEMENT_MS = 2 * 60_000;
/** Below this a measured offset is the header's own coarseness, not our clock. */
const COARSENESS_MS = 2000;

/** Decides whether a capture's time can be told: from synchronisation, from the server, not yet, or never. */
export function decideClock(evidence: ClockEvidence): ClockDecision {
  const { synchronised, serverOffsetMs, waitedMs, maxWaitMs = MAX_WAIT_MS } = evidence;
  if (synchronised === true) {
    const disagrees = serverOffsetMs !== undefined && Math.abs(serverOffsetMs) > AGREEMENT_MS;
    return {
      kind: "known",
      offsetMs: 0,
      by: "synchronisation",
      ...(disagrees ? { disagreementMs: serverOffsetMs } : {}),
    };
  }
  if (serverOffsetMs !== undefined) {
    const offsetMs = Math.abs(serverOffsetMs) < COARSENESS_MS ? 0 : Math.round(serverOffsetMs);
    return { kind: "known", offsetMs, by: "server" };
  }
  return waitedMs < maxWaitMs ? { kind: "wait", forMs: maxWaitMs - waitedMs } : { kind: "unknown" };
}
