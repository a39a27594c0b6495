import type {
  BucketSettingsRow,
  CaptureStatsRow,
  NewRetentionPolicy,
  RetentionPolicyRow,
  RetentionRunRow,
  RunCounts,
} from "@pilab/schema";
import { asJob } from "../bound.ts";
import type { PilabContext } from "../context.ts";
import { dailyStats, listBuckets } from "./bucket-settings.ts";
import type { RetentionCapture } from "./entry.ts";
import { type LiveOptions, liveCaptures } from "./live-captures.ts";
import { createPolicy, listPolicies, removePolicy, updatePolicy } from "./policies.ts";
import { type PurgeBatch, type PurgeOutcome, purgeCaptures } from "./purge.ts";
import {
  countRun,
  createRun,
  getRun,
  listRuns,
  type NewRun,
  type RunChange,
  type RunPage,
  type RunsOptions,
  updateRun,
} from "./runs.ts";
import {
  type TrashedCapture,
  type TrashOptions,
  type TrashPage,
  type TrashPageOptions,
  trashedCaptures,
  trashPage,
} from "./trash.ts";

/** Policies, runs, and what they read and remove. */
export interface RetentionApi {
  readonly policies: {
    list(signal?: AbortSignal): Promise<RetentionPolicyRow[]>;
    /** Throws `invalid_input` for an empty policy. */
    create(policy: NewRetentionPolicy): Promise<RetentionPolicyRow>;
    update(id: string, changes: Partial<NewRetentionPolicy>): Promise<RetentionPolicyRow>;
    remove(id: string): Promise<void>;
  };
  readonly runs: {
    list(options?: RunsOptions): Promise<RunPage>;
    get(id: string, signal?: AbortSignal): Promise<RetentionRunRow>;
    /** With the service key, as {@link update}: the worker's book. */
    create(run: NewRun): Promise<RetentionRunRow>;
    update(id: string, change: RunChange, signal?: AbortSignal): Promise<void>;
    /** What it did so far, by the audit log. */
    counts(id: string): Promise<RunCounts>;
  };
  /** The buckets that are PiLab's, with quota, brake and time zone. */
  buckets(signal?: AbortSignal): Promise<BucketSettingsRow[]>;
  /** Daily counters, as forecasts read them. */
  dailyStats(options: Parameters<typeof dailyStats>[1]): AsyncGenerator<CaptureStatsRow>;
  /** Live captures in the planner's order. */
  live(options: LiveOptions): AsyncGenerator<RetentionCapture>;
  /** The trash, oldest first. */
  trash(options: TrashOptions): AsyncGenerator<TrashedCapture>;
  /** One page of it. */
  trashPage(options: TrashPageOptions): Promise<TrashPage>;
  /** Purges at most 500 captures that are past their grace, under a lease. With the service key only. */
  purge(batch: PurgeBatch): Promise<PurgeOutcome[]>;
}

/** Binds them to a context. */
export function retentionApi(ctx: PilabContext): RetentionApi {
  return {
    policies: {
      list: (signal) => listPolicies(ctx, signal),
      create: (policy) => asJob(() => createPolicy(ctx, policy)),
      update: (id, changes) => asJob(() => updatePolicy(ctx, id, changes)),
      remove: (id) => asJob(() => removePolicy(ctx, id)),
    },
    runs: {
      list: (options) => listRuns(ctx, options),
      get: (id, signal) => getRun(ctx, id, signal),
      create: (run) => createRun(ctx, run),
      update: (id, change, signal) => updateRun(ctx, id, change, signal),
      counts: (id) => countRun(ctx, id),
    },
    buckets: (signal) => listBuckets(ctx, signal),
    dailyStats: (options) => dailyStats(ctx, options),
    live: (options) => liveCaptures(ctx, options),
    trash: (options) => trashedCaptures(ctx, options),
    trashPage: (options) => trashPage(ctx, options),
    purge: (batch) => purgeCaptures(ctx, batch),
  };
}
