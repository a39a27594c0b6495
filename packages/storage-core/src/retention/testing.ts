import { type NewRetentionPolicy, newRetentionPolicy, type RetentionPolicy } from "@pilab/schema";
import type { RetentionCapture } from "./entry.ts";

// What this folder's tests make captures and policies of.

/** A UUID that ends in a number: ids order as their numbers do. */
export function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** Two devices. */
export const [PI_1, PI_2] = [idOf(1001), idOf(1002)] as const;

/** A capture: number and time say which; received when it was taken, unless told otherwise. */
export function capture(
  id: number,
  capturedAt: string,
  more: Partial<RetentionCapture> = {},
): RetentionCapture {
  return {
    id: idOf(id),
    bucket_id: "pilab-dev",
    device_id: PI_1,
    shot_type: null,
    series: null,
    size_bytes: 900_000,
    thumbnail_bytes: 100_000,
    captured_at: capturedAt,
    captured_at_trusted: true,
    created_at: capturedAt,
    sharpness: null,
    pinned_at: null,
    ...more,
  };
}

/** A policy as a row would be; its id is what is given, else the one-off's null. */
export function policy(fields: NewRetentionPolicy & { id?: string }): RetentionPolicy {
  const { id = null, ...rules } = fields;
  return { ...newRetentionPolicy.parse(rules), id };
}

/** A span of captures: one every `everyMinutes`, from `from` on, numbered from `firstId`. */
export function series(
  {
    from,
    count,
    everyMinutes,
    firstId = 1,
  }: { from: string; count: number; everyMinutes: number; firstId?: number },
  more: Partial<RetentionCapture> | ((at: number) => Partial<RetentionCapture>) = {},
): RetentionCapture[] {
  return Array.from({ length: count }, (_, at) => {
    const time = new Date(Date.parse(from) + at * everyMinutes * 60_000).toISOString();
    return capture(firstId + at, time, typeof more === "function" ? more(at) : more);
  });
}
