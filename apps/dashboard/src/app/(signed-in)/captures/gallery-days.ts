import { dateFormat } from "../../../lib/date-format.ts";
import { fromLocal, toLocal } from "../../../lib/zoned.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A day of a calendar, as `input type="date"` writes it, counted from 1970: days are added and compared by it. */
export function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00Z`) / DAY_MS;
}

/** The inverse of {@link dayNumber}. */
export function dayFrom(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

/** The day of an instant in a zone: `2026-03-09`. */
export function dayAt(instant: string, timeZone: string): string {
  return toLocal(instant, timeZone).slice(0, 10);
}

/** When a day begins in a zone, in ms. */
export function startOfDay(day: string, timeZone: string): number {
  const midnight = fromLocal(`${day}T00:00`, timeZone) ?? `${day}T00:00Z`;
  // Where clocks are put forward at midnight, there is none that day.
  const isThere = dayAt(midnight, timeZone) === day;
  return Date.parse(midnight) + (isThere ? 0 : HOUR_MS);
}

/** The instant before which all of a day was taken, and all older captures. */
export function endOfDay(day: string, timeZone: string): string {
  return new Date(startOfDay(dayFrom(dayNumber(day) + 1), timeZone)).toISOString();
}

/** A name beside the rail, at its day. */
export interface RailMark {
  readonly day: string;
  readonly label: string;
}

/** More names than this do not fit beside the rail of a small screen. */
const ROOM = 18;

/** The names of the days, months or years between two days, as many as fit. */
export function railMarks(oldest: string, newest: string): RailMark[] {
  const days: string[] = [];
  for (let number = dayNumber(oldest); number <= dayNumber(newest); number += 1) days.push(dayFrom(number));
  const months = days.filter((day) => day.endsWith("-01"));
  const every = (count: number) => months.filter((day) => (monthOf(day) - 1) % count === 0);
  const years = every(12);
  const choices = [
    days,
    // Mondays.
    days.filter((day) => (dayNumber(day) + 3) % 7 === 0),
    months,
    every(3),
    years,
    years.filter((day) => Number(day.slice(0, 4)) % 5 === 0),
  ];
  const chosen = choices.find((choice) => choice.length <= ROOM) ?? [];
  const byMonth = chosen !== choices[0] && chosen !== choices[1];
  return chosen.map((day) => ({ day, label: labelOf(day, byMonth) }));
}

function labelOf(day: string, byMonth: boolean): string {
  if (!byMonth) return dateFormat("day", "UTC").format(new Date(day));
  return monthOf(day) === 1
    ? day.slice(0, 4)
    : (dateFormat("day", "UTC").format(new Date(day)).split(" ")[1] ?? "");
}

function monthOf(day: string): number {
  return Number(day.slice(5, 7));
}
