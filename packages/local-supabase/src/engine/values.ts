const DATE_TIME = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d)(:\d\d)?)?$/;

/** `2025-06-15 15:06:40+00` as Postgres prints it → `2025-06-15T15:06:40+00:00` as PostgREST does. Infinity and BC dates stay as they are. */
export function isoDateTime(text: string): string {
  const match = DATE_TIME.exec(text);
  if (!match) return text;
  const [, date, time, hours, minutes] = match;
  return `${date}T${time}${hours === undefined ? "" : `${hours}${minutes ?? ":00"}`}`;
}

/** A number where JavaScript has one. Like every JSON client it rounds above 2^53; NaN and Infinity stay text. */
function number(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

const asIs = (text: string): string => text;

/** Postgres type OID → reading of its text form, the same for both engines. */
export const PARSERS: Record<number, (text: string) => unknown> = {
  20: number, // int8
  1700: number, // numeric
  1082: asIs, // date
  1083: asIs, // time
  1266: asIs, // timetz
  1114: isoDateTime, // timestamp
  1184: isoDateTime, // timestamptz
};
