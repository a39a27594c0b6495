import { z } from "zod";
import { jsonObject, timestamp } from "./fields.ts";
import { newRetentionPolicy } from "./retention-policy.ts";

/** What the dashboard may ask the retention worker for: viewers `preview`, operators `run` too, admins all. */
export const REQUEST_KINDS = ["preview", "run", "test_send", "verify"] as const;

/** A row of `worker_requests`. */
export const workerRequestRow = z.object({
  id: z.uuid(),
  kind: z.enum(REQUEST_KINDS),
  args: jsonObject,
  requested_by: z.uuid().nullable(),
  created_at: timestamp,
  state: z.enum(["pending", "running", "done", "failed"]),
  worker: z.string().max(200).nullable(),
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  result: z.unknown(),
  error: z.string().max(2000).nullable(),
});
/** See {@link workerRequestRow}. */
export type WorkerRequestRow = z.infer<typeof workerRequestRow>;

const bucket = z.string().min(1).max(93).optional();

/** What each kind of request takes as `args`. `bucket` left out: the worker's own. */
export const requestArgs = {
  /** A forecast; `policy` is a draft: it stands in for the one of its scope, if there is one. */
  preview: z.strictObject({
    bucket,
    days: z.int().min(1).max(366).optional(),
    policy: newRetentionPolicy.optional(),
  }),
  /** A dry run, a run, or with `plan` the very plan that a dry run or the brake showed. */
  run: z.strictObject({
    bucket,
    policy_id: z.uuid().optional(),
    retention_days: z.int().min(1).max(36_500).optional(),
    dry_run: z.boolean().optional(),
    plan: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    /** Lets the plan pass the brake, and no other. */
    confirm: z.boolean().optional(),
  }),
  test_send: z.strictObject({ channel: z.uuid() }),
  verify: z.strictObject({}),
} as const satisfies Record<(typeof REQUEST_KINDS)[number], z.ZodType>;
