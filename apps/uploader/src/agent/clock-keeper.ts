import type { CapturedAt } from "@pilab/storage-core";
import {
  type ClockDecision,
  type ClockStamp,
  createJumpWatch,
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
  /** Notices whether the clock was set. Call it each second or so. */
  tick(): void;
  /** What a file of this time, taken in now, has to remember of the clock; undefined where the clock was right. */
  stamp(fileTimeMs?: number): ClockStamp | undefined;
  /** Sets a time right that was told by the clock as it stood at `stamp`. */
  correct(time: CapturedAt, stamp: ClockStamp | undefined): CapturedAt;
}

/** What {@link createClockKeeper} takes. */
export interface ClockKeeperOptions {
  readonly serverOffsetMs: () => number | undefined;
  /** The clock was set, by so many ms. */
  readonly onSet?: (jumpedMs: number) => void;
  readonly readSynchronised?: () => Promise<boolean | null>;
  readonly takeStamp?: () => ClockStamp;
  readonly monotonic?: () => number;
  readonly now?: () => number;
}

/** A clock that was wrong until it was set. */
interface WrongClock {
  readonly stamp: ClockStamp;
  /** What it showed when it was set, or what the right one showed, whichever is less: what comes after is another's. */
  readonly untilMs: number;
}

/** Makes the keeper; captures wait from now on for at most ten minutes for a clock that is known. */
export function createClockKeeper(options: ClockKeeperOptions): ClockKeeper {
  const { takeStamp = takeClockStamp, monotonic = systemMonotonicMs, now = Date.now } = options;
  const startedMs = monotonic();
  const jumps = createJumpWatch({ now, monotonic });
  const wrong: WrongClock[] = [];
  /** The server's offset when the clock was set: by the old clock, until the next answer. */
  let old: { readonly offsetMs: number | undefined; readonly jumpedMs: number } | undefined;
  let synchronised: boolean | null = null;

  function serverOffsetMs(): number | undefined {
    const offsetMs = options.serverOffsetMs();
    return offsetMs !== undefined && offsetMs === old?.offsetMs ? offsetMs - old.jumpedMs : offsetMs;
  }

  const decide = () =>
    decideClock({
      synchronised,
      serverOffsetMs: serverOffsetMs(),
      waitedMs: monotonic() - startedMs,
    });

  function isRight(): boolean {
    const decision = decide();
    return decision.kind === "known" && decision.offsetMs === 0;
  }

  function tick(): void {
    const jumpedMs = jumps.check();
    if (jumpedMs === 0) return;
    const after = takeStamp();
    const epochMs = after.epochMs - jumpedMs;
    if (!isRight()) {
      const untilMs = Math.min(epochMs, after.epochMs) + monotonic();
      wrong.push({ stamp: { ...after, epochMs }, untilMs });
    }
    const offsetMs = options.serverOffsetMs();
    old = { offsetMs, jumpedMs: jumpedMs + (offsetMs === old?.offsetMs ? (old?.jumpedMs ?? 0) : 0) };
    options.onSet?.(jumpedMs);
  }

  return {
    get synchronised() {
      return synchronised;
    },
    async look() {
      // First: what is asked next may say of the old clock what holds for the new one.
      tick();
      synchronised = await (options.readSynchronised ?? readSynchronised)();
    },
    tick,
    decide,
    stamp(fileTimeMs) {
      const told = wrong.find(
        ({ stamp, untilMs }) =>
          fileTimeMs !== undefined && fileTimeMs >= stamp.epochMs && fileTimeMs < untilMs,
      );
      return told?.stamp ?? (isRight() ? undefined : takeStamp());
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
