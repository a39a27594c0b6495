import { type AlertRow, alertChannelRow, alertRuleChange, newAlertChannel } from "@pilab/schema";
import type { PilabClient } from "@pilab/storage-core";
import { z } from "zod";
import { adminProcedure, operatorProcedure, router, viewerProcedure } from "../trpc.ts";

const ids = z.object({ ids: z.array(z.uuid()).min(1).max(1000) });
const id = z.object({ id: z.uuid() });
const WEEKS_AHEAD_MAX_MS = 53 * 7 * 86_400_000;

const rules = router({
  list: viewerProcedure.query(({ ctx, signal }) => ctx.pilab.alerts.rules.list(signal)),
  update: adminProcedure
    .input(z.object({ key: z.string().max(60), change: alertRuleChange }))
    .mutation(({ ctx, input }) => ctx.pilab.alerts.rules.update(input.key, input.change)),
});

const channels = router({
  /** Each with the worker's word on whether it has the secret, null: no worker has said. */
  list: viewerProcedure.query(async ({ ctx, signal }) => {
    const [listed, workers] = await Promise.all([
      ctx.pilab.alerts.channels.list(signal),
      ctx.pilab.workers.status(signal),
    ]);
    return listed.map((channel) => ({
      ...channel,
      has_secret: workers.find(({ channels }) => channel.name in channels)?.channels[channel.name] ?? null,
    }));
  }),
  create: adminProcedure
    .input(newAlertChannel)
    .mutation(({ ctx, input }) => ctx.pilab.alerts.channels.create(input)),
  update: adminProcedure
    .input(
      id.extend({
        change: alertChannelRow
          .pick({ name: true, enabled: true, min_severity: true, config: true, secret_env: true })
          .partial()
          .strict(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.pilab.alerts.channels.update(input.id, input.change)),
  remove: adminProcedure.input(id).mutation(({ ctx, input }) => ctx.pilab.alerts.channels.remove(input.id)),
});

/** What needs somebody, and whom it is told. */
export const alertsRouter = router({
  rules,
  channels,
  /** Open and acknowledged ones, silenced or not; the newest thousand. */
  unresolved: viewerProcedure.query(async ({ ctx, signal }) => {
    const [{ alerts }, listed] = await Promise.all([
      ctx.pilab.alerts.list({ state: "unresolved", limit: 1000, signal }),
      ctx.pilab.alerts.channels.list(signal),
    ]);
    return {
      alerts: await withSlugs(ctx.pilab, alerts, signal),
      isTold: listed.some(({ enabled }) => enabled),
    };
  }),
  /** Resolved ones, newest first. */
  history: viewerProcedure
    .input(
      z.object({
        limit: z.int().min(1).max(200).default(50),
        cursor: z.object({ openedAt: z.string().max(40), id: z.uuid() }).nullish(),
      }),
    )
    .query(async ({ ctx, input: { limit, cursor }, signal }) => {
      const after = cursor ?? undefined;
      const { alerts, next } = await ctx.pilab.alerts.list({ state: "resolved", limit, after, signal });
      return { alerts: await withSlugs(ctx.pilab, alerts, signal), next };
    }),
  acknowledge: operatorProcedure
    .input(ids)
    .mutation(({ ctx, input }) => ctx.pilab.alerts.acknowledge(input.ids)),
  /** For so long from now; null ends a silence. */
  silence: operatorProcedure
    .input(ids.extend({ forMs: z.int().positive().max(WEEKS_AHEAD_MAX_MS).nullable() }))
    .mutation(({ ctx, input: { ids, forMs } }) => {
      const nowMs = Date.now() + (ctx.pilab.clockOffsetMs() ?? 0);
      return ctx.pilab.alerts.silence(ids, forMs === null ? null : new Date(nowMs + forMs));
    }),
  /** The last messages, and what became of them. */
  deliveries: viewerProcedure.query(({ ctx, signal }) =>
    ctx.pilab.alerts.deliveries.list({ limit: 50, signal }),
  ),
});

/** An alert with the slug of the device that it is about, by which that device's page is found. */
export interface ShownAlert extends AlertRow {
  readonly device_slug: string | null;
}

async function withSlugs(
  { devices }: PilabClient,
  alerts: readonly AlertRow[],
  signal: AbortSignal | undefined,
): Promise<ShownAlert[]> {
  const isOfDevice = ({ subject_type }: AlertRow) => subject_type === "device";
  const listed = alerts.some(isOfDevice) ? await devices.list(signal) : [];
  const slugs = new Map(listed.map(({ id, slug }) => [id, slug]));
  return alerts.map((alert) => ({
    ...alert,
    device_slug: isOfDevice(alert) ? (slugs.get(alert.subject_id) ?? null) : null,
  }));
}
