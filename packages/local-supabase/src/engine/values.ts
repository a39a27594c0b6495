import pg from "pg";

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

/** Finds the array types of a database, user-defined ones included, for {@link arrayParsers}. */
export const ARRAY_TYPES_SQL = "select typarray as array, oid as element from pg_type where typarray <> 0";

/**
 * Array type OID → reading of its text form, by the reading of its elements. PGlite's own gives the text NULL for null, and
 * node-postgres leaves arrays of most types as text.
 */
export function arrayParsers(
  types: { array: number; element: number }[],
  parserOf: (oid: number) => (text: string) => unknown,
): Map<number, (text: string) => unknown> {
  return new Map(
    types.map(({ array, element }) => {
      const parse = parserOf(element);
      return [array, (text: string) => mapDeep(parseTextArray(text), parse)];
    }),
  );
}

const TEXT_ARRAY: number = 1009;
const parseTextArray = pg.types.getTypeParser(TEXT_ARRAY, "text");

function mapDeep(value: unknown, parse: (text: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, parse));
  return typeof value === "string" ? parse(value) : value;
}
