import type { CapturedAt } from "@pilab/storage-core";
import {
  type ClockDecision,
  type ClockStamp,
  decideClock,
  readSynchronised,
  stepBetween,
  systemMonotonicMs,
  takeClockStamp,
} from "../clock/index.ts";

/** Knows how far the machine's clock can be believed. */
export interface ClockKeeper {
  /** Looks at the system's synchronisation again. */
  look(): Promise<void>;
  /** Whether the system says that it is synchronised; null where it does not tell. */
  readonly synchronised: boolean | null;
  decide(): ClockDecision;
  /** What a file taken in now has to remember of the clock; undefined while the clock is right. */
  stamp(): ClockStamp | undefined;
  /** Sets a time right that was told by the clock as it stood at `stamp`. */
  correct(time: CapturedAt, stamp: ClockStamp | undefined): CapturedAt;
}

/** What {@link createClockKeeper} takes. */
export interface ClockKeeperOptions {
  readonly serverOffsetMs: () => number | undefined;
  readonly readSynchronised?: () => Promise<boolean | null>;
  readonly takeStamp?: () => ClockStamp;
  readonly monotonic?: () => number;
}

/** Makes the keeper; captures wait from now on for at most ten minutes for a clock that is known. */
export function createClockKeeper(options: ClockKeeperOptions): ClockKeeper {
  const { serverOffsetMs, takeStamp = takeClockStamp, monotonic = systemMonotonicMs } = options;
  const startedMs = monotonic();
  let synchronised: boolean | null = null;
  const decide = () =>
    decideClock({
      synchronised,
      serverOffsetMs: serverOffsetMs(),
      waitedMs: monotonic() - startedMs,
    });
  return {
    get synchronised() {
      return synchronised;
    },
    async look() {
      synchronised = await (options.readSynchronised ?? readSynchronised)();
    },
    decide,
    stamp() {
      const decision = decide();
      return decision.kind === "known" && decision.offsetMs === 0 ? undefined : takeStamp();
    },
    correct(time, stamp) {
      // A time that the caller or a sidecar names may come from anywhere, and is left as it is.
      if (stamp === undefined || time.source === "caller" || time.source === "sidecar") return time;
      const decision = decide();
      const stepMs = stepBetween(stamp, takeStamp());
      if (decision.kind !== "known" || stepMs === null) return { ...time, trusted: false };
      if (!isOfThisBoot(time.capturedAt.getTime(), stamp)) return time;
      return { ...time, capturedAt: new Date(time.capturedAt.getTime() + stepMs + decision.offsetMs) };
    },
  };

  /** By the clock as it stood, between the boot and now: older pictures had their time from elsewhere. */
  function isOfThisBoot(capturedAtMs: number, { epochMs }: ClockStamp): boolean {
    const atMs = capturedAtMs - epochMs;
    return atMs >= -SLACK_MS && atMs <= monotonic() + SLACK_MS;
  }
}

/** EXIF has whole seconds. */
const SLACK_MS = 2000;
