import { z } from "zod";
import { count, jsonObject, timestamp } from "./fields.ts";

/** A row of `worker_status`: what a worker says of itself, once a minute. */
export const workerStatusRow = z.object({
  name: z.string().min(1).max(200),
  host: z.string().max(200).nullable(),
  version: z.string().max(100).nullable(),
  started_at: timestamp.nullable(),
  /** The server's clock. */
  tick_at: timestamp,
  schedule: z.string().max(200).nullable(),
  last_error: z.string().max(1000).nullable(),
  /** Channel's name to whether the worker has its secret. */
  channels: z.record(z.string(), z.boolean()),
});
/** See {@link workerStatusRow}. */
export type WorkerStatusRow = z.infer<typeof workerStatusRow>;

/** What the worker checks of pictures and records. */
export const CHECK_NAMES = ["scrub", "orphans", "audit_chain"] as const;

/** A row of `check_results`: the last result of one check. */
export const checkResultRow = z.object({
  check_name: z.enum(CHECK_NAMES),
  /** The bucket; empty for the audit log. */
  subject_id: z.string().max(200),
  ok: z.boolean(),
  /** How many were wrong. */
  found: count,
  detail: jsonObject,
  checked_at: timestamp,
});
/** See {@link checkResultRow}. */
export type CheckResultRow = z.infer<typeof checkResultRow>;
