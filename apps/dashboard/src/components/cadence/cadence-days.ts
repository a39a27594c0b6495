import { dayIn, toLocal } from "../../lib/zoned.ts";

/** Frames received in steps of time, as the server counts them. */
export interface Cadence {
  readonly sinceMs: number;
  readonly stepMs: number;
  readonly received: readonly number[];
  /** Pictures that were there before and came again: neither new nor missing. */
  readonly repeats: readonly number[];
  /** null: nobody said how often frames come. */
  readonly expectedIntervalS: number | null;
  /** Nothing is expected before (the device was not there) and after (it is not over yet). */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whether frames are expected still. */
  readonly isCurrent: boolean;
}

/** An hour of a day. */
export interface HourCell {
  readonly received: number;
  readonly repeats: number;
  /** null: nobody said how often frames come; 0: the hour is not here yet, or was before the device. */
  readonly expected: number | null;
  readonly level: Level;
}

/** How complete an hour is; `same`: most of what came was one picture again; `idle`: nothing was expected and nothing came. */
export type Level = "none" | "few" | "most" | "full" | "same" | "idle";

/** A day of a heat map. */
export interface CadenceDay {
  /** `2026-03-09` */
  readonly date: string;
  readonly label: string;
  readonly hours: readonly HourCell[];
}

/** Steps of time as days of 24 hours in a zone. An hour that a change of clocks repeats counts twice in its cell. */
export function cadenceDays(cadence: Cadence, timeZone: string): CadenceDay[] {
  const { sinceMs, stepMs, received, repeats, expectedIntervalS } = cadence;
  const days = new Map<
    string,
    { at: string; hours: { received: number; repeats: number; seconds: number }[] }
  >();
  for (const [index, count] of received.entries()) {
    const startMs = sinceMs + index * stepMs;
    const at = new Date(startMs).toISOString();
    const [date = "", time = ""] = toLocal(at, timeZone).split("T");
    const day = days.get(date) ?? {
      at,
      hours: Array.from({ length: 24 }, () => ({ received: 0, repeats: 0, seconds: 0 })),
    };
    days.set(date, day);
    const hour = day.hours[Number(time.slice(0, 2))];
    if (!hour) continue;
    hour.received += count;
    hour.repeats += repeats[index] ?? 0;
    hour.seconds += overlapMs(cadence, startMs) / 1000;
  }
  return [...days].map(([date, { at, hours }]) => ({
    date,
    label: dayIn(at, timeZone),
    hours: hours.map(({ received, repeats, seconds }) => {
      const expected = expectedIntervalS === null ? null : seconds / expectedIntervalS;
      return { received, repeats, expected, level: levelOf(received, repeats, expected) };
    }),
  }));
}

/** Days from the first one on which anything came or was expected: what was before the device says nothing. */
export function sinceFirst(days: readonly CadenceDay[]): CadenceDay[] {
  const first = days.findIndex(({ hours }) => hours.some(({ level }) => level !== "idle"));
  return first < 0 ? [] : days.slice(first);
}

/** How much of a step lies in the time in which frames are expected. */
export function overlapMs({ fromMs, untilMs, stepMs }: Cadence, startMs: number): number {
  return Math.max(0, Math.min(startMs + stepMs, untilMs) - Math.max(startMs, fromMs));
}

function levelOf(received: number, repeats: number, expected: number | null): Level {
  if (repeats > received) return "same";
  const came = received + repeats;
  // Less than one frame is expected: whether one had to come cannot be told from this hour alone.
  if (expected === null || expected < 1) return came > 0 ? "full" : "idle";
  if (came === 0) return "none";
  const share = came / expected;
  return share < 0.5 ? "few" : share < 0.95 ? "most" : "full";
}
