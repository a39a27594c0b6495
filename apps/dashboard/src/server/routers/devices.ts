import { newDevice } from "@pilab/schema";
import type { CreatedDevice } from "@pilab/storage-core";
import { z } from "zod";
import { env } from "../../env.ts";
import { once } from "../once.ts";
import { withService } from "../service.ts";
import { adminProcedure, operatorProcedure, router, viewerProcedure } from "../trpc.ts";

const HOUR_MS = 3_600_000;
const id = z.object({ id: z.uuid() });
const past = id.extend({ hours: z.int().min(1).max(720) });
const label = z.string().trim().min(1).max(200).nullable();

// A slug is never given to another device; who may see the device is asked anew each time.
const idsBySlug = () => once("device-ids", () => new Map<string, string>());

/** The Pis. */
export const devicesRouter = router({
  list: viewerProcedure.query(({ ctx, signal }) => ctx.pilab.devices.list(signal)),
  /** By slug, as addresses of pages have it; null: there is none. */
  get: viewerProcedure.input(z.object({ slug: z.string().max(63) })).query(async ({ ctx, input, signal }) => {
    const known = idsBySlug().get(input.slug);
    if (known !== undefined) return await ctx.pilab.devices.get(known, signal);
    const device = (await ctx.pilab.devices.list(signal)).find(({ slug }) => slug === input.slug);
    if (device) idsBySlug().set(device.slug, device.id);
    return device ?? null;
  }),
  /** Its heartbeats by the hour. */
  history: viewerProcedure
    .input(past)
    .query(({ ctx, input, signal }) => ctx.pilab.devices.history(input.id, { since: since(input), signal })),
  uploads: viewerProcedure
    .input(past)
    .query(({ ctx, input, signal }) =>
      ctx.pilab.uploads.stats({ device: input.id, since: since(input), by: "hour", signal }),
    ),
  /** What the lab's rules found wrong with it and is not over. */
  alerts: viewerProcedure.input(id).query(async ({ ctx, input, signal }) => {
    const page = await ctx.pilab.alerts.list({ state: "unresolved", subjectId: input.id, limit: 20, signal });
    return page.alerts;
  }),
  /** What is left out stays; null empties. Operators may change the first three. */
  update: operatorProcedure
    .input(
      id.extend({
        name: z.string().trim().min(1).max(200).optional(),
        time_zone: z.string().max(64).optional(),
        expected_interval_s: z.int().min(1).max(31_622_400).nullable().optional(),
        series: label.optional(),
        shot_type: label.optional(),
        paused_until: z.iso.datetime().nullable().optional(),
      }),
    )
    .mutation(({ ctx, input: { id, ...changes } }) => ctx.pilab.devices.update(id, changes)),
  retire: adminProcedure.input(id).mutation(({ ctx, input }) => ctx.pilab.devices.retire(input.id)),
  /** Answers the credentials, this once. */
  create: adminProcedure
    .input(newDevice)
    .mutation(({ ctx, input }) =>
      withService(ctx.accessToken, "admin", async (service) =>
        shownOnce(await service.devices.create(input)),
      ),
    ),
  /** A new password in place of the old one, answered this once. */
  renewCredentials: adminProcedure
    .input(id)
    .mutation(({ ctx, input }) =>
      withService(ctx.accessToken, "admin", async (service) =>
        shownOnce(await service.devices.renewCredentials(input.id)),
      ),
    ),
});

/**
 * A device's credentials as `pilab-uploader --credentials` reads them. The address is the dashboard's own way to the server,
 * which may not be the Pi's.
 */
function shownOnce({ device: { slug, expected_interval_s }, credentials }: CreatedDevice) {
  const { supabase, storage } = env();
  const file = { url: supabase.url, anonKey: supabase.anonKey, bucket: storage.bucket, ...credentials };
  return { slug, intervalS: expected_interval_s ?? 60, file };
}

function since({ hours }: { hours: number }): Date {
  return new Date(Date.now() - (hours - 1) * HOUR_MS);
}
