import { z } from "zod";
import { count, share, timestamp } from "./fields.ts";
import { retentionPolicy } from "./retention-policy.ts";
import { RUN_STATES } from "./retention-run.ts";

/** A number a day; the first is a run now. */
const byDay = z.array(z.number());

/** What the worker answers to a `preview`: retention on paper, day by day. */
export const retentionPreview = z.object({
  bucket: z.string(),
  now: timestamp,
  quota_bytes: count.nullable(),
  /** The first day on which what is stored reaches the quota; null: not within the days looked at, or no quota. */
  full_at: timestamp.nullable(),
  days: z.array(
    z.object({
      at: timestamp,
      arrived_bytes: z.number(),
      /** Purged on this day, from the trash that there was, too. */
      freed_bytes: z.number(),
      live_bytes: z.number(),
      stored_bytes: z.number(),
    }),
  ),
  policies: z.array(
    z.object({
      /** Its id is null for the draft that was asked about. */
      policy: retentionPolicy,
      sentence: z.string(),
      removed_files: byDay,
      removed_bytes: byDay,
      freed_bytes: byDay,
      /** The share of its captures that it removes on a usual day. */
      steady_share: share,
      /** What to save as its brake_share. */
      suggested_brake_share: share,
    }),
  ),
});
/** See {@link retentionPreview}. */
export type RetentionPreview = z.infer<typeof retentionPreview>;

/** What the worker answers to a `run`: the runs it made, the one that was asked for last; `retention_runs` says the rest. */
export const runAnswer = z.object({
  runs: z.array(z.object({ id: z.uuid(), state: z.enum(RUN_STATES) })).min(1),
});
