import { PilabError } from "@pilab/schema";

/** Which captures: those that all given fields allow. */
export interface CaptureFilter {
  /** Default: the client's bucket. */
  readonly bucket?: string | undefined;
  /** The device's id. */
  readonly deviceId?: string | undefined;
  readonly series?: string | undefined;
  readonly shotType?: string | undefined;
  /** Taken at or after. */
  readonly from?: Date | string | undefined;
  /** Taken before. */
  readonly until?: Date | string | undefined;
  /** Default `live`. `any` has tombstones too. */
  readonly state?: "live" | "trashed" | "any" | undefined;
  /** True: held back from retention; false: not. */
  readonly pinned?: boolean | undefined;
  readonly sizeBytes?: Range | undefined;
  /** 0 to 1. Captures that were not measured are in no range. */
  readonly sharpness?: Range | undefined;
  /** As sharpness. */
  readonly brightness?: Range | undefined;
}

/** From `min` to `max`, both included; without one of them, open to that side. */
export interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** The order of a list, by captured_at. */
export type CaptureOrder = "newest" | "oldest";

/** Where a page begins: after this capture, in the list's order. */
export interface CaptureCursor {
  readonly capturedAt: string;
  readonly id: string;
}

/** One condition of a PostgREST query: `column=operator.value`. */
export interface Condition {
  readonly column: string;
  readonly operator: "eq" | "gte" | "lt" | "lte" | "is" | "not.is";
  readonly value: string | null;
}

/** A filter as conditions on table `captures`. */
export function conditionsOf(filter: CaptureFilter, bucket: string): Condition[] {
  const conditions: Condition[] = [{ column: "bucket_id", operator: "eq", value: filter.bucket ?? bucket }];
  const add = (column: string, operator: Condition["operator"], value: string | null | undefined) => {
    if (value !== undefined) conditions.push({ column, operator, value });
  };
  add("device_id", "eq", filter.deviceId);
  add("series", "eq", filter.series);
  add("shot_type", "eq", filter.shotType);
  add("captured_at", "gte", instant("from", filter.from));
  add("captured_at", "lt", instant("until", filter.until));
  const { state = "live" } = filter;
  if (state !== "any") add("deleted_at", state === "live" ? "is" : "not.is", null);
  if (state === "trashed") add("purging_at", "is", null);
  if (filter.pinned !== undefined) add("pinned_at", filter.pinned ? "not.is" : "is", null);
  for (const [field, column] of RANGES) {
    add(column, "gte", bound(field, "min", filter[field]));
    add(column, "lte", bound(field, "max", filter[field]));
  }
  return conditions;
}

const RANGES = [
  ["sizeBytes", "size_bytes"],
  ["sharpness", "sharpness"],
  ["brightness", "brightness"],
] as const;

/** What comes after a cursor: an alternative, and the bound by which the index finds the page. */
export function afterCursor(
  { capturedAt, id }: CaptureCursor,
  order: CaptureOrder = "newest",
): { or: string; bound: Condition } {
  const beyond = order === "newest" ? "lt" : "gt";
  return {
    or: `captured_at.${beyond}.${capturedAt},and(captured_at.eq.${capturedAt},id.${beyond}.${id})`,
    // Says nothing new; without it the database reads everything before the page.
    bound: { column: "captured_at", operator: order === "newest" ? "lte" : "gte", value: capturedAt },
  };
}

function bound(field: string, end: "min" | "max", range: Range | undefined): string | undefined {
  const value = range?.[end];
  if (value === undefined) return undefined;
  if (Number.isFinite(value)) return String(value);
  throw new PilabError("invalid_input", `filter: ${field}.${end} is ${String(value)}, it must be a number`);
}

function instant(name: string, value: Date | string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const time = new Date(value);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new PilabError("invalid_input", `filter: ${name} is "${String(value)}", it must be a date`);
}
