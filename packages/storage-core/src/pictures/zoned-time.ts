import { PilabError } from "@pilab/schema";

/** A date and time of day as a clock on the wall shows it, in no zone yet. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

/**
 * The instant at which a wall clock in `timeZone` (IANA) shows `wall`. Where clocks go back and it occurs twice, the
 * first; where they go forward and it never occurs, as late as if they had not: what Temporal calls "compatible".
 */
export function instantOf(wall: WallTime, timeZone: string): Date {
  const asUtc = utcOf(wall);
  // The offset is one of those in force a day before and a day after: no zone changes twice within that.
  const before = offsetMs(asUtc - DAY_MS, timeZone);
  const after = offsetMs(asUtc + DAY_MS, timeZone);
  const fitting = [before, after]
    .map((offset) => ({ offset, at: asUtc - offset }))
    .filter(({ offset, at }) => offsetMs(at, timeZone) === offset);
  const earliest = fitting.length > 0 ? Math.min(...fitting.map(({ at }) => at)) : asUtc - before;
  return new Date(earliest);
}

/** Milliseconds since 1970 as if the wall clock showed UTC. */
export function utcOf(wall: WallTime): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.millisecond);
}

/** The calendar day, "2025-06-15", at an instant in a zone. */
export function dayIn(timeZone: string, atMs: number): string {
  return new Date(atMs + offsetMs(atMs, timeZone)).toISOString().slice(0, 10);
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** How far clocks in `timeZone` (IANA) are ahead of UTC at an instant. */
export function offsetMs(atMs: number, timeZone: string): number {
  const part = Object.fromEntries(
    formatter(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const shown = Date.UTC(
    part.year ?? 0,
    (part.month ?? 1) - 1,
    part.day,
    part.hour,
    part.minute,
    part.second,
  );
  return shown - Math.floor(atMs / 1000) * 1000;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone);
  if (found === undefined) {
    found = makeFormatter(timeZone);
    formatters.set(timeZone, found);
  }
  return found;
}

function makeFormatter(timeZone: string): Intl.DateTimeFormat {
  const numeric = "numeric";
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
  } catch (cause) {
    throw new PilabError("invalid_input", `"${timeZone}" is no time zone`, {
      cause,
      hint: 'Use an IANA name such as "Europe/Berlin" or "UTC".',
    });
  }
}
