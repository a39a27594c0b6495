import type { RetentionPolicy } from "@pilab/schema";
import { offsetMs } from "../pictures/zoned-time.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The stretches that thinning keeps one capture of. */
export type Every = NonNullable<RetentionPolicy["thin_every"]>;

/**
 * Numbers the hours, days or weeks (from Monday) of a zone's calendar: two instants have the same number if they lie in
 * the same one. The hour that occurs twice when clocks go back is two hours; the day of it is one day of 25 hours.
 */
export function createSlots(timeZone: string): (atMs: number, every: Every) => number {
  const offsetAt = createOffsets(timeZone);
  return (atMs, every) => {
    const offset = offsetAt(atMs);
    if (every === "hour") return Math.floor((atMs + offset) / HOUR_MS) * HOUR_MS - offset;
    const day = Math.floor((atMs + offset) / DAY_MS);
    return every === "day" ? day : Math.floor((day + 3) / 7); // day 0, 1970-01-01, was a Thursday
  };
}

/** Asks Intl twice a UTC day, and again only within a day in which the clocks change. */
function createOffsets(timeZone: string): (atMs: number) => number {
  const steady = new Map<number, number | null>();
  return (atMs) => {
    const day = Math.floor(atMs / DAY_MS);
    let offset = steady.get(day);
    if (offset === undefined) {
      const before = offsetMs(day * DAY_MS, timeZone);
      offset = before === offsetMs((day + 1) * DAY_MS, timeZone) ? before : null;
      steady.set(day, offset);
    }
    return offset ?? offsetMs(atMs, timeZone);
  };
}
