export { type ClockDecision, type ClockEvidence, decideClock } from "./clock-decision.ts";
export {
  type ClockStamp,
  type ClockStampOptions,
  stepBetween,
  systemMonotonicMs,
  takeClockStamp,
} from "./clock-stamp.ts";
export { createJumpWatch, type JumpWatch, type JumpWatchOptions } from "./jump-watch.ts";
export { readSynchronised, type SynchronisedOptions } from "./read-synchronised.ts";
