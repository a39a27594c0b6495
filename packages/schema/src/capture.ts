import { z } from "zod";
import { count, jsonObject, label, sha256, share, timestamp } from "./fields.ts";

/** What captured_at was read from, in the order of preference. */
export const CAPTURED_AT_SOURCES = ["caller", "exif", "sidecar", "filename", "mtime"] as const;

/** The media types that PiLab takes for captures. */
export const CAPTURE_TYPES = [
  "image/jpeg",
  "image/png",
  "image/webp",
  "image/x-adobe-dng",
  "video/mp4",
] as const;

/** What log_captures and known_captures take at most in one call. */
export const CAPTURES_PER_CALL_MAX = 500;

/** What the uploader says of a capture, and the row keeps as it was said. */
const asUploaded = {
  bucket_id: z.string().min(1).max(93),
  object_path: z
    .string()
    .max(900)
    .regex(/^[a-z0-9-]{1,63}\/./, { error: "a path that starts with the device's slug" }),
  file_name: z.string().min(1).max(255),
  sha256,
  size_bytes: z.int().positive(),
  content_type: z.string().regex(/^[a-z]+\/[a-z0-9.+-]{1,100}$/, { error: "a media type in lower case" }),
  series: label.nullable(),
  shot_type: label.nullable(),
  captured_at: timestamp,
  captured_at_source: z.enum(CAPTURED_AT_SOURCES),
  captured_at_trusted: z.boolean(),
  clock_offset_ms: z.int().nullable(),
  width: z.int().positive().nullable(),
  height: z.int().positive().nullable(),
  brightness: share.nullable(),
  sharpness: share.nullable(),
  contrast: share.nullable(),
  measures_source: z.string().max(100).nullable(),
  measures_version: z.string().max(100).nullable(),
  exif: jsonObject,
  metadata: jsonObject,
  thumbnail_path: z.string().nullable(),
};

/** A row of `captures`: live, trashed (deleted_at), purging, or purged (a tombstone). */
export const captureRow = z.object({
  id: z.uuid(),
  ...asUploaded,
  device_id: z.uuid(),
  thumbnail_bytes: z.int().positive().nullable(),
  storage_object_id: z.uuid().nullable(),
  is_public: z.boolean(),
  pinned_at: timestamp.nullable(),
  repeat_count: count,
  last_repeated_at: timestamp.nullable(),
  created_at: timestamp,
  deleted_at: timestamp.nullable(),
  delete_reason: z.string().nullable(),
  purging_at: timestamp.nullable(),
  purged_at: timestamp.nullable(),
});
/** See {@link captureRow}. */
export type CaptureRow = z.infer<typeof captureRow>;

/** An item of `log_captures`. */
export const captureToLog = z.object(asUploaded);
/** See {@link captureToLog}. */
export type CaptureToLog = z.infer<typeof captureToLog>;

/**
 * What `log_captures` did with an item: `created`; `duplicate` (nothing changed); `repeated` (the same bytes, taken again
 * later: repeat_count raised); `restored` (the row was there, its object had been missing, it is back); `trashed` and
 * `purged` (done by policy, stays so); `refused` (reason says why, nothing written).
 */
export const LOG_OUTCOMES = [
  "created",
  "duplicate",
  "repeated",
  "restored",
  "trashed",
  "purged",
  "refused",
] as const;

/** A row of `log_captures`' answer. `position` is the item's place in the call, from 0; id and path are null when refused. */
export const loggedCapture = z.object({
  position: count,
  sha256: z.string().nullable(),
  id: z.uuid().nullable(),
  object_path: z.string().nullable(),
  outcome: z.enum(LOG_OUTCOMES),
  reason: z.string().nullable(),
});
/** See {@link loggedCapture}. */
export type LoggedCapture = z.infer<typeof loggedCapture>;

/**
 * What the server has of some bytes: `stored` (row and whole object), `missing` (row without it), `trashed`, `purged`, or
 * `unknown`. Only `stored` is a duplicate.
 */
export const KNOWN_STATES = ["stored", "trashed", "purged", "missing", "unknown"] as const;

/** A row of `known_captures`' answer, one a distinct hash; null where the hash is unknown. */
export const knownCapture = z.object({
  sha256,
  state: z.enum(KNOWN_STATES),
  id: z.uuid().nullable(),
  object_path: z.string().nullable(),
  size_bytes: z.int().positive().nullable(),
});
/** See {@link knownCapture}. */
export type KnownCapture = z.infer<typeof knownCapture>;

/** A row of `capture_batches`: one `log_captures` call that changed something; what live pages listen to. */
export const captureBatchRow = z.object({
  id: count,
  device_id: z.uuid(),
  created_at: timestamp,
  created_count: count,
  repeated_count: count,
  restored_count: count,
  bytes: count,
  newest_captured_at: timestamp.nullable(),
  newest_capture_id: z.uuid().nullable(),
});
/** See {@link captureBatchRow}. */
export type CaptureBatchRow = z.infer<typeof captureBatchRow>;
