import { z } from "zod";
import { count, label, share, timestamp } from "./fields.ts";

/** The stretches of the lab's calendar of which thinning keeps one capture. */
export const THIN_EVERY = ["hour", "day", "week"] as const;

/** Which capture of a stretch thinning keeps. */
export const THIN_KEEP = ["sharpest", "first"] as const;

const days = z.int().min(1).max(36_500);

const fields = z.object({
  // The scope; null: any.
  bucket_id: z.string().min(1).max(93).nullable(),
  device_id: z.uuid().nullable(),
  shot_type: label.nullable(),
  series: label.nullable(),
  // The rules; null: not a rule of this policy.
  keep_days: days.nullable(),
  keep_last: z.int().min(1).max(2_147_483_647).nullable(),
  thin_every: z.enum(THIN_EVERY).nullable(),
  thin_after_days: days.nullable(),
  thin_keep: z.enum(THIN_KEEP).nullable(),
  max_bytes: z.int().positive().nullable(),
  /** Days that a removed capture stays in the trash, restorable. */
  grace_days: count.max(36_500),
  /** The share of its captures that it may remove in one run; null: the bucket's share decides. */
  brake_share: share.gt(0).nullable(),
  enabled: z.boolean(),
});

type Fields = z.infer<typeof fields>;

const RULES = ["keep_days", "keep_last", "thin_every", "max_bytes"] as const;
const THINNING = ["thin_every", "thin_after_days", "thin_keep"] as const;

/** What no policy may be: one that says nothing, or half of a thinning. */
function checkRules(policy: Fields, ctx: z.RefinementCtx<Fields>): void {
  if (RULES.every((rule) => policy[rule] === null)) {
    ctx.addIssue({ code: "custom", message: `an empty policy: set at least one of ${RULES.join(", ")}` });
  }
  const thinning = THINNING.filter((field) => policy[field] !== null);
  if (thinning.length !== 0 && thinning.length !== THINNING.length) {
    ctx.addIssue({ code: "custom", message: `half a thinning: set all of ${THINNING.join(", ")} or none` });
  }
}

/** A policy as the retention decision takes it; id null: a one-off that no table holds. */
export const retentionPolicy = fields.extend({ id: z.uuid().nullable() }).superRefine(checkRules);
/** See {@link retentionPolicy}. */
export type RetentionPolicy = z.infer<typeof retentionPolicy>;

/** A row of `retention_policies`; its scope is unique there. */
export const retentionPolicyRow = fields
  .extend({ id: z.uuid(), created_at: timestamp, updated_at: timestamp })
  .superRefine(checkRules);
/** See {@link retentionPolicyRow}. */
export type RetentionPolicyRow = z.infer<typeof retentionPolicyRow>;

/** What makes a policy: what is left out is any scope, no rule, seven days in the trash, enabled. */
export const newRetentionPolicy = z
  .object({
    bucket_id: fields.shape.bucket_id.default(null),
    device_id: fields.shape.device_id.default(null),
    shot_type: fields.shape.shot_type.default(null),
    series: fields.shape.series.default(null),
    keep_days: fields.shape.keep_days.default(null),
    keep_last: fields.shape.keep_last.default(null),
    thin_every: fields.shape.thin_every.default(null),
    thin_after_days: fields.shape.thin_after_days.default(null),
    thin_keep: fields.shape.thin_keep.default(null),
    max_bytes: fields.shape.max_bytes.default(null),
    grace_days: fields.shape.grace_days.default(7),
    brake_share: fields.shape.brake_share.default(null),
    enabled: fields.shape.enabled.default(true),
  })
  .strict()
  .superRefine(checkRules);
/** See {@link newRetentionPolicy}. */
export type NewRetentionPolicy = z.input<typeof newRetentionPolicy>;
