import { z } from "zod";
import { count, jsonObject, sha256, timestamp } from "./fields.ts";

/** What reading a capture back has shown: see `capture_checks.outcome`. */
export const CHECK_OUTCOMES = ["ok", "mismatch", "missing", "unreadable"] as const;

/** A row of `capture_checks`: what was found of one capture, last. */
export const captureCheckRow = z.object({
  capture_id: z.uuid(),
  bucket_id: z.string(),
  outcome: z.enum(CHECK_OUTCOMES),
  detail: z.string().max(1000).nullable(),
  checked_at: timestamp,
  since: timestamp,
});
/** See {@link captureCheckRow}. */
export type CaptureCheckRow = z.infer<typeof captureCheckRow>;

/** A row of `scrubs`: how far the scrub of one bucket is. */
export const scrubRow = z.object({
  bucket_id: z.string(),
  after_sha256: sha256.nullable(),
  after_device_id: z.uuid().nullable(),
  day: z.iso.date(),
  day_files: count,
  day_bytes: count,
  round: count,
  round_started_at: timestamp,
  updated_at: timestamp,
});
/** See {@link scrubRow}. */
export type ScrubRow = z.infer<typeof scrubRow>;

const checkable = z.object({
  id: z.uuid(),
  device_id: z.uuid(),
  object_path: z.string(),
  sha256,
  size_bytes: count,
});
/** One capture that `captures_to_check` names. */
export type CheckableCapture = z.infer<typeof checkable>;

/** What `captures_to_check` answers: what is next today, whether the round is over, and what was found wrong a day ago or longer. */
export const capturesToCheck = z.object({
  captures: z.array(checkable),
  round_ends: z.boolean(),
  faulty: z.array(checkable),
});

/** What `record_checks` answers: what it kept, by outcome, and the bytes that were read. */
export const recordedChecks = z.object({
  ok: count,
  mismatch: count,
  missing: count,
  unreadable: count,
  bytes: count,
});
/** See {@link recordedChecks}. */
export type RecordedChecks = z.infer<typeof recordedChecks>;

/** How rows and objects can disagree: see `compare_catalogue` and `compare_thumbnails`. */
export const CATALOGUE_FAULTS = [
  "no_row",
  "tombstone",
  "no_object",
  "size_differs",
  "thumbnail_differs",
  "thumbnail_alone",
  "found_again",
] as const;

/** One disagreement between rows and objects. */
export const catalogueFault = z.object({
  kind: z.enum(CATALOGUE_FAULTS),
  path: z.string(),
  id: z.uuid().nullish(),
  row_bytes: count.nullish(),
  trashed: z.boolean().nullish(),
  object_bytes: count.nullish(),
  stored_at: timestamp.nullish(),
  content_type: z.string().nullish(),
  user_metadata: jsonObject.nullish(),
});
/** See {@link catalogueFault}. */
export type CatalogueFault = z.infer<typeof catalogueFault>;

/** A page of `compare_catalogue` or `compare_thumbnails`. `through` null: the end. */
export const comparedPage = z.object({
  through: z.string().nullable(),
  objects: count,
  rows: count.default(0),
  young: count,
  faults: z.array(catalogueFault),
});

/** What `take_in_unknown` answers, in one row. */
export const takenIn = z.object({
  id: z.uuid().nullable(),
  outcome: z.enum(["trashed", "purging", "held", "refused"]),
  reason: z.string().nullable(),
});
/** See {@link takenIn}. */
export type TakenIn = z.infer<typeof takenIn>;

const drifted = z.looseObject({
  bucket_id: z.string(),
  day: z.iso.date(),
  device_id: z.uuid(),
  shot_type: z.string().nullable(),
  series: z.string().nullable(),
});

/** What `recount_captures` answers: what the counters lack (below 0: have too much), and where to go on. */
export const recounted = z.object({
  drift: z.array(drifted),
  next_day: z.iso.date().nullable(),
  /** At the end of a device: what its totals lack to be the sums of its days. */
  totals_drift: z.array(drifted.extend({ day: z.null() })),
});
