import {
  auditReport,
  newRetentionPolicy,
  PilabError,
  requestArgs,
  retentionPreview,
  runAnswer,
  type WorkerRequestRow,
} from "@pilab/schema";
import { z } from "zod";
import { adminProcedure, operatorProcedure, router, viewerProcedure } from "../trpc.ts";

const PREVIEW_DAYS = 90;

/** The retention worker: whether it lives, what it is asked for, and its answers. */
export const workerRouter = router({
  /** Every worker, and whether one of them is alive to answer. */
  status: viewerProcedure.query(async ({ ctx, signal }) => {
    const workers = await ctx.pilab.workers.status(signal);
    return { alive: workers.some(({ alive }) => alive), workers };
  }),
  /** What policies would remove and free; a draft stands in for the policy of its scope. */
  preview: viewerProcedure
    .input(z.object({ policy: newRetentionPolicy.optional() }))
    .mutation(({ ctx, input }) =>
      ctx.pilab.requests.ask("preview", {
        bucket: ctx.pilab.bucket,
        days: PREVIEW_DAYS,
        // A policy that is off removes nothing: what matters is what it would do.
        ...(input.policy && { policy: { ...input.policy, enabled: true } }),
      }),
    ),
  /** A dry run, a run, or exactly the plan that one showed. */
  run: operatorProcedure
    .input(requestArgs.run.pick({ dry_run: true, plan: true, confirm: true }))
    .mutation(({ ctx, input }) => ctx.pilab.requests.ask("run", { bucket: ctx.pilab.bucket, ...input })),
  testSend: adminProcedure
    .input(requestArgs.test_send)
    .mutation(({ ctx, input }) => ctx.pilab.requests.ask("test_send", input)),
  verify: adminProcedure.mutation(({ ctx }) => ctx.pilab.requests.ask("verify")),
  /** How far a request is, and its answer. */
  request: viewerProcedure
    .input(z.object({ id: z.uuid() }))
    .query(async ({ ctx, input, signal }) => answerOf(await ctx.pilab.requests.get(input.id, signal))),
});

/** A request as a page follows it; each kind's answer under its own name. */
function answerOf({ kind, state, error, created_at, worker, result }: WorkerRequestRow) {
  const done = state === "done";
  return {
    state,
    error,
    created_at,
    worker,
    preview: done && kind === "preview" ? checked(retentionPreview, result, kind) : null,
    run: done && kind === "run" ? (checked(runAnswer, result, kind).runs.at(-1) ?? null) : null,
    report: done && kind === "verify" ? checked(auditReport, result, kind) : null,
  };
}

function checked<S extends z.ZodType>(schema: S, result: unknown, kind: string): z.output<S> {
  const { data, error } = schema.safeParse(result);
  if (error) {
    throw new PilabError(
      "server_lied",
      `The worker's answer to ${kind} is not in the shape that was agreed`,
      {
        cause: error,
        hint: "Dashboard and worker may be of different versions: update both.",
      },
    );
  }
  return data as z.output<S>;
}
