import { type CaptureRow, PilabError } from "@pilab/schema";
import type { Place } from "./places.ts";

/** The columns of a live capture that the retention decision reads. */
export type RetentionCapture = Pick<
  CaptureRow,
  | "id"
  | "bucket_id"
  | "device_id"
  | "shot_type"
  | "series"
  | "size_bytes"
  | "thumbnail_bytes"
  | "captured_at"
  | "captured_at_trusted"
  | "created_at"
  | "sharpness"
  | "pinned_at"
>;

/** A capture while it is being decided, in numbers. Times are microseconds since 1970, as exact as Postgres has them. */
export interface Entry {
  id: string;
  place: Place;
  /** What it takes in storage, its thumbnail included. */
  bytes: number;
  capturedUs: number;
  createdUs: number;
  /** Whether capturedUs may decide anything. */
  trusted: boolean;
  /** Orders removal, see {@link byRemoval}. */
  removalKey: number;
  pinned: boolean;
  sharpness: number | null;
}

/** Microseconds in a day: policies count days of 24 hours, whatever the clocks on the wall do. */
export const DAY_US = 86_400_000_000;

// A clock set to local time as if it were UTC is ahead by at most 14 hours. Further ahead, a time is wrong for certain.
const AHEAD_US = DAY_US;

// Puts any time before 2220 below zero, and so before all times at which something can have been received.
const BEFORE_ALL_US = 8e15;

/**
 * Reads a capture. A capture said to be taken more than a day after the server had received it is as untrusted as one
 * that says so itself: dated 2042, it would else be "the last one" for years, and cost those that follow their place.
 */
export function entryOf(capture: RetentionCapture, place: Place): Entry {
  const capturedUs = microsecondsOf(capture.captured_at);
  const createdUs = microsecondsOf(capture.created_at);
  const trusted = capture.captured_at_trusted && capturedUs <= createdUs + AHEAD_US;
  return {
    id: capture.id,
    place,
    bytes: capture.size_bytes + (capture.thumbnail_bytes ?? 0),
    capturedUs,
    createdUs,
    trusted,
    removalKey: trusted ? capturedUs - BEFORE_ALL_US : createdUs,
    pinned: capture.pinned_at !== null,
    sharpness: capture.sharpness,
  };
}

/**
 * The order of removal, the first to go first: by when they were taken; then those of which that is not certain, by when
 * they were received. Equal times by id, so that every run agrees.
 */
export function byRemoval(a: Pick<Entry, "removalKey" | "id">, b: Pick<Entry, "removalKey" | "id">): number {
  return a.removalKey - b.removalKey || (a.id < b.id ? -1 : 1);
}

/** Exact, where Date would cut off what is below a millisecond. */
export function microsecondsOf(time: string): number {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new PilabError("invalid_input", `"${time}" is no time`);
  const beyondMs = /\.\d{3}(\d{1,3})/.exec(time)?.[1] ?? "";
  return ms * 1000 + Number(beyondMs.padEnd(3, "0"));
}
