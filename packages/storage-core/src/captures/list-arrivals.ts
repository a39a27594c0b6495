import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";
import { type CaptureFilter, conditionsOf } from "./capture-filter.ts";
import { type CaptureTile, TILE_COLUMNS } from "./list-captures.ts";

/** Settings of {@link listArrivals}. */
export interface ArrivalsOptions extends CaptureFilter {
  /** Only what arrived after it, by the server's clock. */
  readonly since?: Date | string | undefined;
  /** At most so many of the latest, 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Settings of {@link captureChanges}. */
export interface ChangesOptions extends ArrivalsOptions {
  /** `readAt` of what was read last, by this or by a list that was read no earlier. */
  readonly since: Date | string;
}

/** What changed in a list of captures since a moment. */
export interface CaptureChanges {
  /** What came into it, the latest first; those around that moment may be known already. */
  readonly arrived: CaptureTile[];
  /** Ids of what went into the trash, whether or not the filter has them. Empty for a list of the trash. */
  readonly gone: string[];
  /** More than `limit` of either: read the list anew. */
  readonly overflow: boolean;
  /** Pass it as `since` next. */
  readonly readAt: string;
}

const MAX_PAGE = 1000;
/** A row shows a moment after the time that it bears, when its transaction ends; and the server's clock is known to a second. */
const OVERLAP_MS = 3000;

/**
 * The latest arrivals, by when the server received them, whatever their captured_at says: a backlog is old, and a clock that
 * ran ahead is never past. Of the trash: by when they went there.
 */
export async function listArrivals(
  ctx: PilabContext,
  { since, limit = 100, signal, ...filter }: ArrivalsOptions = {},
): Promise<CaptureTile[]> {
  const column = filter.state === "trashed" ? "deleted_at" : "created_at";
  return await ctx.call(
    { what: "listing arrivals" },
    async (attempt) => {
      let query = ctx.supabase.from("captures").select(TILE_COLUMNS.join());
      for (const { column, operator, value } of conditionsOf(filter, ctx.bucket))
        query = query.filter(column, operator, value);
      if (filter.state === "trashed") query = query.is("purged_at", null);
      if (since !== undefined) query = query.gt(column, new Date(since).toISOString());
      // What arrived in one call has one created_at: the newest of it first.
      for (const by of [column, "captured_at", "id"]) query = query.order(by, { ascending: false });
      const answer = await query.limit(sizeOf(limit)).abortSignal(attempt.signal);
      return dataOf(answer) as unknown as CaptureTile[];
    },
    { signal },
  );
}

/** What a list that was read needs to become what it would be now, but for changes of fields. The cost is that of what changed. */
export async function captureChanges(
  ctx: PilabContext,
  { since, limit = 100, signal, ...filter }: ChangesOptions,
): Promise<CaptureChanges> {
  const startedMs = Date.now();
  const from = new Date(new Date(since).getTime() - OVERLAP_MS);
  const [arrived, gone] = await Promise.all([
    listArrivals(ctx, { ...filter, since: from, limit, signal }),
    filter.state === "trashed" ? [] : trashedIds(ctx, { bucket: filter.bucket, since: from, limit, signal }),
  ]);
  return {
    arrived,
    gone,
    overflow: Math.max(arrived.length, gone.length) >= sizeOf(limit),
    readAt: new Date(startedMs + (ctx.clock.offsetMs() ?? 0)).toISOString(),
  };
}

async function trashedIds(
  ctx: PilabContext,
  { bucket = ctx.bucket, since, limit, signal }: ArrivalsOptions & { since: Date; limit: number },
): Promise<string[]> {
  return await ctx.call(
    { what: "listing what went into the trash" },
    async (attempt) => {
      const trashed = ctx.supabase.from("captures").select("id").eq("bucket_id", bucket);
      const recent = trashed.gt("deleted_at", since.toISOString()).is("purged_at", null);
      const ordered = recent.order("deleted_at", { ascending: false }).limit(sizeOf(limit));
      return dataOf(await ordered.abortSignal(attempt.signal)).map(({ id }) => id);
    },
    { signal },
  );
}

function sizeOf(limit: number): number {
  return Math.min(Math.max(1, limit), MAX_PAGE);
}
