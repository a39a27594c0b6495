import { newRetentionPolicy, type RetentionRunRow, retentionPlan } from "@pilab/schema";
import { createGrace } from "@pilab/storage-core";
import { z } from "zod";
import { adminProcedure, router, viewerProcedure } from "../trpc.ts";

const id = z.object({ id: z.uuid() });
const DAY_MS = 86_400_000;

const policies = router({
  list: viewerProcedure.query(({ ctx, signal }) => ctx.pilab.retention.policies.list(signal)),
  /** Makes one, or changes the one of this id. */
  save: adminProcedure
    .input(z.object({ id: z.uuid().nullable(), policy: newRetentionPolicy }))
    .mutation(({ ctx, input: { id, policy } }) =>
      id === null
        ? ctx.pilab.retention.policies.create(policy)
        : ctx.pilab.retention.policies.update(id, policy),
    ),
  setEnabled: adminProcedure
    .input(id.extend({ enabled: z.boolean() }))
    .mutation(({ ctx, input: { id, enabled } }) => ctx.pilab.retention.policies.update(id, { enabled })),
  remove: adminProcedure
    .input(id)
    .mutation(({ ctx, input }) => ctx.pilab.retention.policies.remove(input.id)),
});

const runs = router({
  list: viewerProcedure
    .input(
      z.object({
        limit: z.int().min(1).max(200).default(30),
        cursor: z.object({ createdAt: z.string().max(40), id: z.uuid() }).nullish(),
      }),
    )
    .query(async ({ ctx, input: { limit, cursor }, signal }) => {
      const after = cursor ?? undefined;
      const page = await ctx.pilab.retention.runs.list({ bucket: ctx.pilab.bucket, limit, after, signal });
      return { runs: page.runs.map(summaryOf), next: page.next };
    }),
  /** A run with its plan: what goes, why, and examples. */
  get: viewerProcedure.input(id).query(async ({ ctx, input, signal }) => {
    const run = await ctx.pilab.retention.runs.get(input.id, signal);
    return { ...summaryOf(run), plan: retentionPlan.safeParse(run.plan).data ?? null };
  }),
});

/** What keeps captures and what removes them. */
export const retentionRouter = router({
  policies,
  runs,
  /** What a policy can be about, by the names that people know. */
  scopes: viewerProcedure.query(async ({ ctx, signal }) => {
    const { bucket, devices, usage, retention } = ctx.pilab;
    const [listed, stored, buckets] = await Promise.all([
      devices.list(signal),
      usage.get(),
      retention.buckets(signal),
    ]);
    return {
      devices: listed.map(({ id, name }) => ({ id, name })),
      series: stored.by_series.flatMap(({ series }) => series ?? []),
      shotTypes: stored.by_shot_type.flatMap(({ shot_type }) => shot_type ?? []),
      bucket: buckets.find(({ bucket_id }) => bucket_id === bucket) ?? null,
    };
  }),
  /** A page of the trash; `goes_at` is the first moment at which a run removes a capture for good, null: its pin holds it. */
  trash: viewerProcedure
    .input(
      z.object({
        order: z.enum(["oldest", "newest"]).default("newest"),
        deviceId: z.uuid().optional(),
        limit: z.int().min(1).max(200).default(50),
        cursor: z.object({ deleted_at: z.string().max(40), id: z.uuid() }).nullish(),
      }),
    )
    .query(async ({ ctx, input: { cursor, ...options }, signal }) => {
      const { bucket, retention } = ctx.pilab;
      const [page, listed] = await Promise.all([
        retention.trashPage({ bucket, ...options, after: cursor ?? undefined, signal }),
        retention.policies.list(signal),
      ]);
      const graceDays = createGrace(listed);
      const goesAt = (capture: (typeof page.captures)[number]) =>
        capture.pinned_at === null
          ? new Date(Date.parse(capture.deleted_at) + graceDays(capture) * DAY_MS).toISOString()
          : null;
      return {
        captures: page.captures.map((capture) => ({ ...capture, goes_at: goesAt(capture) })),
        next: page.next,
      };
    }),
});

function summaryOf({ plan, cursor: _, errors, ...run }: RetentionRunRow) {
  const record = retentionPlan.safeParse(plan).data;
  return {
    ...run,
    digest: record?.digest ?? null,
    brake: record?.brake ?? [],
    left: record?.left ?? null,
    errors: z.array(runError).safeParse(errors).data ?? [],
  };
}

const runError = z.object({
  phase: z.string().optional(),
  message: z.string(),
  files: z.number(),
  ids: z.array(z.string()),
});
