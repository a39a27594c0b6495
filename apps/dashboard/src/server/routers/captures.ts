import { isPilabError } from "@pilab/schema";
import { z } from "zod";
import { linkPath } from "../../lib/link-path.ts";
import { captureFilter } from "../capture-filter.ts";
import { operatorProcedure, router, viewerProcedure } from "../trpc.ts";

const id = z.object({ id: z.uuid() });
const ids = z.object({ ids: z.array(z.uuid()).min(1).max(5000) });
const limit = z.int().min(1).max(500).default(100);
const cursor = z.object({ capturedAt: z.string().max(40), id: z.uuid() });
const label = z.string().trim().min(1).max(200).nullable();

/** The catalogue. */
export const capturesRouter = router({
  /** A page of a gallery, newest first, and since when {@link changes} tell what changed in it. */
  tiles: viewerProcedure
    .input(captureFilter.extend({ limit, cursor: cursor.nullish() }))
    .query(async ({ ctx, input: { limit, cursor: after, ...filter }, signal }) => {
      const startedMs = Date.now();
      const page = await ctx.pilab.captures.tiles({ ...filter, limit, after: after ?? undefined, signal });
      return { ...page, readAt: new Date(startedMs + (ctx.pilab.clockOffsetMs() ?? 0)).toISOString() };
    }),
  /** What came into a gallery since it was read, and what went into the trash. */
  changes: viewerProcedure
    .input(captureFilter.extend({ limit, since: z.iso.datetime({ offset: true }) }))
    .query(({ ctx, input, signal }) => ctx.pilab.captures.changes({ ...input, signal })),
  /** What the server received last. */
  arrivals: viewerProcedure
    .input(z.object({ limit }))
    .query(({ ctx, input, signal }) => ctx.pilab.captures.arrivals({ ...input, signal })),
  get: viewerProcedure.input(id).query(({ ctx, input, signal }) => ctx.pilab.captures.get(input.id, signal)),
  /** Whether a capture's object is in the storage: a row can outlive it. */
  isStored: viewerProcedure.input(id).query(async ({ ctx, input, signal }) => {
    const capture = await ctx.pilab.captures.get(input.id, signal);
    try {
      const { body } = await ctx.pilab.captures.open(capture, { range: "bytes=0-0", signal });
      body.destroy();
      return true;
    } catch (error) {
      if (isPilabError(error) && error.code === "not_found") return false;
      throw error;
    }
  }),
  /** What was done to a capture since it came, newest first. */
  history: operatorProcedure
    .input(id)
    .query(({ ctx, input, signal }) =>
      ctx.pilab.audit.list({ objectType: "capture", objectId: input.id, limit: 100, signal }),
    ),
  /** A path of ours to the picture that works without an account, for an hour. */
  link: viewerProcedure.input(id).mutation(async ({ ctx, input, signal }) => {
    const capture = await ctx.pilab.captures.get(input.id, signal);
    return linkPath(capture.object_path, await ctx.pilab.captures.signedUrl(capture, { expiresInS: 3600 }));
  }),
  pin: operatorProcedure.input(ids).mutation(({ ctx, input }) => ctx.pilab.captures.pin(input.ids)),
  unpin: operatorProcedure.input(ids).mutation(({ ctx, input }) => ctx.pilab.captures.unpin(input.ids)),
  restore: operatorProcedure.input(ids).mutation(({ ctx, input }) => ctx.pilab.captures.restore(input.ids)),
  softDelete: operatorProcedure
    .input(ids.extend({ reason: z.string().trim().max(500).optional() }))
    .mutation(({ ctx, input }) =>
      ctx.pilab.captures.softDelete(input.ids, { reason: input.reason || undefined }),
    ),
  /** What is left out stays; null empties. */
  setFields: operatorProcedure
    .input(
      ids.extend({
        series: label.optional(),
        shotType: label.optional(),
        note: z.string().trim().max(2000).nullable().optional(),
      }),
    )
    .mutation(({ ctx, input: { ids, series, shotType, note } }) =>
      ctx.pilab.captures.setFields(ids, {
        ...(series !== undefined && { series }),
        ...(shotType !== undefined && { shot_type: shotType }),
        ...(note !== undefined && { metadata: { note: note || null } }),
      }),
    ),
});
