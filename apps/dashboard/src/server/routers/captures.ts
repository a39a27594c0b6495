import { isPilabError } from "@pilab/schema";
import type { CaptureTile } from "@pilab/storage-core";
import { z } from "zod";
import { linkPath } from "../../lib/link-path.ts";
import { captureFilter } from "../capture-filter.ts";
import { operatorProcedure, router, viewerProcedure } from "../trpc.ts";

const id = z.object({ id: z.uuid() });
const ids = z.object({ ids: z.array(z.uuid()).min(1).max(5000) });
const limit = z.int().min(1).max(500).default(100);
/** A place in a gallery: a page begins after it; `newer`: it ends before it. */
const cursor = z.object({ capturedAt: z.string().max(40), id: z.uuid(), newer: z.literal(true).optional() });
type Place = z.infer<typeof cursor>;
const instant = z.iso.datetime({ offset: true });
const NO_ID = "00000000-0000-0000-0000-000000000000";
/** Before it no camera wrote files: a clock that was never set says so. */
const FIRST_PICTURES = "2000-01-01T00:00:00.000Z";
/** A clock may be minutes ahead. */
const AHEAD_MS = 5 * 60_000;
const label = z.string().trim().min(1).max(200).nullable();

/** The catalogue. */
export const capturesRouter = router({
  /**
   * A page of a gallery, newest first, the places where its neighbours begin, and since when {@link changes} tell what changed in
   * it. `at`: without a cursor, the page of what was taken before then.
   */
  tiles: viewerProcedure
    .input(captureFilter.extend({ limit, at: instant.optional(), cursor: cursor.nullish() }))
    .query(async ({ ctx, input: { limit, cursor, at, ...filter }, signal }) => {
      const startedMs = Date.now();
      const place =
        cursor ?? (at === undefined ? undefined : { capturedAt: new Date(at).toISOString(), id: NO_ID });
      const order = place?.newer ? "oldest" : "newest";
      const page = await ctx.pilab.captures.tiles({ ...filter, limit, after: place, order, signal });
      return {
        ...pageAt(place, page),
        readAt: new Date(startedMs + (ctx.pilab.clockOffsetMs() ?? 0)).toISOString(),
      };
    }),
  /** A stretch of a gallery once more: what people change in it is told by nothing else. */
  stretch: viewerProcedure
    .input(captureFilter.extend({ limit, after: cursor.optional() }))
    .query(async ({ ctx, input, signal }) => {
      const { captures, next } = await ctx.pilab.captures.tiles({ ...input, signal });
      return { captures, isEnd: next === null };
    }),
  /** When the oldest and the newest of a gallery were taken, by clocks that are not plainly wrong; null: it is empty. */
  span: viewerProcedure.input(captureFilter).query(async ({ ctx, input, signal }) => {
    const from = input.from === undefined ? FIRST_PICTURES : input.from;
    const nowMs = Date.now() + (ctx.pilab.clockOffsetMs() ?? 0);
    const untilMs = Math.min(
      nowMs + AHEAD_MS,
      input.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(input.until),
    );
    const span = { ...input, from, until: new Date(untilMs), limit: 1, signal };
    const end = async (order: "oldest" | "newest") =>
      (await ctx.pilab.captures.tiles({ ...span, order })).captures[0]?.captured_at;
    const [oldest, newest] = await Promise.all([end("oldest"), end("newest")]);
    return oldest === undefined || newest === undefined ? null : { oldest, newest };
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

/** A page that was read from a place on, newest first. */
function pageAt(
  place: Place | undefined,
  { captures: read, next: beyond }: { captures: CaptureTile[]; next: Place | null },
): { captures: CaptureTile[]; previous: Place | null; next: Place | null } {
  const captures = place?.newer ? read.toReversed() : read;
  const [first, last] = [captures[0], captures.at(-1)];
  const placeOf = (tile: CaptureTile | undefined) =>
    tile
      ? { capturedAt: tile.captured_at, id: tile.id }
      : { capturedAt: place?.capturedAt ?? "", id: place?.id ?? NO_ID };
  return place?.newer
    ? { captures, previous: beyond && { ...beyond, newer: true }, next: placeOf(last) }
    : { captures, previous: place ? { ...placeOf(first), newer: true } : null, next: beyond };
}
