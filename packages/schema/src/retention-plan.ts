import { z } from "zod";
import { count, timestamp } from "./fields.ts";
import { retentionPolicy } from "./retention-policy.ts";

/** What a run was asked to do; empty: all policies. */
export const runScope = z.object({
  /** Execute what this policy removes, and no other's; all decide as ever. */
  policy_id: z.uuid().optional(),
  /** Execute a one-off instead: remove what was received so many days ago, where no more specific policy decides. */
  retention_days: z.int().min(1).max(36_500).optional(),
  /** Remove nothing; only purge what is past its grace: `trash empty`. */
  purge_only: z.literal(true).optional(),
});
/** See {@link runScope}. */
export type RunScope = z.infer<typeof runScope>;

const filesBytes = { files: count, bytes: count };

/** What one policy comes to in a plan; `policy_id` null and no sentence: captures that none covers. */
const planPolicy = z.object({
  policy_id: z.uuid().nullable(),
  sentence: z.string().nullable(),
  live_files: count,
  live_bytes: count,
  removed_files: count,
  removed_bytes: count,
  /** Kept for their pin alone. */
  held_files: count,
  held_bytes: count,
});

/** What a plan removes for the same reasons, with a few of the captures. */
const planReason = z.object({
  policy_id: z.uuid().nullable(),
  /** Codes, as `delete_reason` has them. */
  codes: z.array(z.string()),
  /** The same for people. */
  words: z.array(z.string()),
  ...filesBytes,
  examples: z.array(z.object({ id: z.uuid(), object_path: z.string(), captured_at: timestamp })),
});

/** `retention_runs.plan`: what the run decided, with all that the decision depends on but the captures themselves. */
export const retentionPlan = z.object({
  /** Names the plan: over its policies, its time, and every capture that would go with the reasons. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  scope: runScope,
  /** The server's time from which ages are counted; what was received later is not looked at. */
  now: timestamp,
  time_zone: z.string(),
  policies: z.array(retentionPolicy),
  by_policy: z.array(planPolicy),
  by_reason: z.array(planReason),
  /** Why the brake holds the plan; empty: it does not. */
  brake: z.array(z.string()),
  /** What lay in the trash past its grace when a dry run looked: freed by the run. Null: a real run, which purges it. */
  due: z.object(filesBytes).nullable(),
  /** The run whose rest this one does, brake passed. */
  continues: z.uuid().optional(),
  /** What MAX_CHUNKS left undone. */
  left: z.object({ trash_files: count, purge_files: count }).optional(),
});
/** See {@link retentionPlan}. */
export type RetentionPlanRecord = z.infer<typeof retentionPlan>;

/** A row of the answer of `retention_run_counts`. */
export const runCounts = z.object({
  trashed_files: count,
  trashed_bytes: count,
  purged_files: count,
  purged_bytes: count,
});
/** See {@link runCounts}. */
export type RunCounts = z.infer<typeof runCounts>;
