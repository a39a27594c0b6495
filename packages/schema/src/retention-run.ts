import { z } from "zod";
import { LIFE_OUTCOMES } from "./capture-life.ts";
import { count, jsonObject, timestamp } from "./fields.ts";

/** States of a retention run; `braked` waits for a confirmation, `stale` is a plan that no longer fits. */
export const RUN_STATES = [
  "planned",
  "running",
  "braked",
  "done",
  "partly_done",
  "failed",
  "stale",
  "aborted",
] as const;

/** A row of `retention_runs`. Its id is the correlation id of all that the run did. */
export const retentionRunRow = z.object({
  id: z.uuid(),
  bucket_id: z.string(),
  state: z.enum(RUN_STATES),
  dry_run: z.boolean(),
  plan: jsonObject,
  planned_files: count,
  planned_bytes: count,
  trashed_files: count,
  trashed_bytes: count,
  purged_files: count,
  purged_bytes: count,
  failed_files: count,
  errors: z.array(z.unknown()),
  cursor: z.unknown(),
  worker: z.string().max(200).nullable(),
  confirmed_by: z.string().max(200).nullable(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  updated_at: timestamp,
  finished_at: timestamp.nullable(),
});
/** See {@link retentionRunRow}. */
export type RetentionRunRow = z.infer<typeof retentionRunRow>;

/** Why begin_purge or finish_purge refuses a capture. */
export const PURGE_REFUSALS = [
  "not_found",
  "live",
  "pinned",
  "in_grace",
  "purged",
  "not_purging",
  "object_present",
] as const;

/**
 * A row of the answer of begin_purge and of finish_purge, one a distinct id. After begin_purge the objects of `changed` and
 * `unchanged` (claimed before) are to be removed; path and bytes, thumbnail included, are null for an unknown id.
 */
export const purgedCapture = z.object({
  id: z.uuid(),
  outcome: z.enum(LIFE_OUTCOMES),
  reason: z.enum(PURGE_REFUSALS).nullable(),
  object_path: z.string().nullable(),
  bytes: count.nullable(),
});
/** See {@link purgedCapture}. */
export type PurgedCapture = z.infer<typeof purgedCapture>;
