import { offsetMinutes } from "./exif.ts";
import type { WallTime } from "./zoned-time.ts";

/** A time read from text: an instant if the text names its offset, else a wall time. `dateOnly` when no time of day is given. */
export interface ParsedTime {
  wall: WallTime;
  offsetMinutes: number | null;
  dateOnly: boolean;
}

// 2025-06-15T12:30:00.5+02:00, 2025:06:15 12:30:00, 2025-06-15 12:30, 2025-06-15
const WRITTEN =
  /^(\d{4})[-:/.](\d{1,2})[-:/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/;

// 20250615_123000, 2025-06-15T12-30-00Z, 2025_06_15__12.30.00, 20250615123000, 2016-09-27_1025, 2025-06-15
const IN_NAME =
  /(?<!\d)((?:19|20)\d{2})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?:(?:[-_.T ]{0,2}|_at_)([01]\d|2[0-3])([-_.:h]?)([0-5]\d)(?:\6([0-5]\d)(?:[-_.,]?(\d{3}))?)?(Z)?)?(?!\d)/i;

// Seconds or milliseconds since 1970, as scripts name their frames: 2001 to 2286.
const EPOCH_IN_NAME = /(?<!\d)(1\d{9})(\d{3})?(?!\d)/;

/** Parses EXIF's and ISO 8601's ways of writing a time; null when the text is neither, or no such day exists. */
export function parseWritten(text: string): ParsedTime | null {
  const match = WRITTEN.exec(text.trim());
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  return build(
    { year, month, day, hour, minute, second, fraction },
    zone === undefined ? null : offsetMinutes(zone.toUpperCase()),
  );
}

/** Finds a date and time in a file's name; null when there is none. */
export function parseFileName(fileName: string): ParsedTime | null {
  const match = IN_NAME.exec(fileName);
  if (match !== null) {
    const [, year, , month, day, hour, , minute, second, fraction, zulu] = match;
    return build({ year, month, day, hour, minute, second, fraction }, zulu === undefined ? null : 0);
  }
  const epoch = EPOCH_IN_NAME.exec(fileName);
  return epoch === null
    ? null
    : parseWritten(new Date(Number(epoch[1]) * 1000 + Number(epoch[2] ?? 0)).toISOString());
}

type Texts = Record<"year" | "month" | "day" | "hour" | "minute" | "second" | "fraction", string | undefined>;

function build(texts: Texts, offset: number | null): ParsedTime | null {
  const number = (text: string | undefined) => Number(text ?? 0);
  const wall: WallTime = {
    year: number(texts.year),
    month: number(texts.month),
    day: number(texts.day),
    hour: number(texts.hour),
    minute: number(texts.minute),
    second: number(texts.second),
    millisecond: Math.floor(Number(`0.${texts.fraction ?? 0}`) * 1000),
  };
  // A leap second is shown as :60; the instant is the next minute's first.
  const inRange = wall.hour < 24 && wall.minute < 60 && wall.second <= 60;
  return inRange && isDay(wall) ? { wall, offsetMinutes: offset, dateOnly: texts.hour === undefined } : null;
}

function isDay({ year, month, day }: WallTime): boolean {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year); // Date.UTC reads years below 100 as 19xx
  return month >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && day >= 1;
}
