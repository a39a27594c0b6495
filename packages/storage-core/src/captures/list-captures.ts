import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";
import type { Capture } from "./capture.ts";
import {
  afterCursor,
  type CaptureCursor,
  type CaptureFilter,
  type CaptureOrder,
  conditionsOf,
} from "./capture-filter.ts";

/** A page of captures, in the order that was asked for. */
export interface CapturePage<Row = Capture> {
  readonly captures: Row[];
  /** Pass it as `after` for the next page; null at the end. */
  readonly next: CaptureCursor | null;
}

/** Settings of {@link listCaptures}. */
export interface ListOptions extends CaptureFilter {
  /** Rows a page, 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
  readonly after?: CaptureCursor | undefined;
  /** By captured_at. Default `newest` first. */
  readonly order?: CaptureOrder | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_PAGE = 1000;

/** What a tile is read as. */
export const TILE_COLUMNS = [
  "id",
  "bucket_id",
  "object_path",
  "thumbnail_path",
  "file_name",
  "content_type",
  "size_bytes",
  "device_id",
  "series",
  "shot_type",
  "captured_at",
  "captured_at_trusted",
  "created_at",
  "width",
  "height",
  "brightness",
  "sharpness",
  "contrast",
  "is_public",
  "pinned_at",
  "repeat_count",
  "deleted_at",
  "delete_reason",
] as const satisfies (keyof Capture)[];

/** What a gallery or a player shows of a capture: all but EXIF, metadata and what is for the books. */
export type CaptureTile = Pick<Capture, (typeof TILE_COLUMNS)[number]>;

/** One page. The cost is that of the page, however many captures there are; nothing is counted. */
export async function listCaptures(ctx: PilabContext, options: ListOptions = {}): Promise<CapturePage> {
  return await listPage<Capture>(ctx, "*", options);
}

/** As {@link listCaptures}, with a tenth of the bytes. */
export async function listTiles(
  ctx: PilabContext,
  options: ListOptions = {},
): Promise<CapturePage<CaptureTile>> {
  return await listPage<CaptureTile>(ctx, TILE_COLUMNS.join(), options);
}

async function listPage<Row extends Pick<Capture, "captured_at" | "id">>(
  ctx: PilabContext,
  columns: string,
  options: ListOptions,
): Promise<CapturePage<Row>> {
  const { limit = 100, after, order, signal, ...filter } = options;
  const size = Math.min(Math.max(1, limit), MAX_PAGE);
  const ascending = order === "oldest";
  const captures = await ctx.call(
    { what: "listing captures" },
    async (attempt) => {
      const place = after === undefined ? undefined : afterCursor(after, order);
      let query = ctx.supabase.from("captures").select(columns);
      for (const { column, operator, value } of [
        ...conditionsOf(filter, ctx.bucket),
        ...(place ? [place.bound] : []),
      ]) {
        query = query.filter(column, operator, value);
      }
      if (place) query = query.or(place.or);
      const ordered = query.order("captured_at", { ascending }).order("id", { ascending });
      return dataOf(await ordered.limit(size).abortSignal(attempt.signal)) as unknown as Row[];
    },
    { signal },
  );
  const last = captures.at(-1);
  return { captures, next: captures.length < size || !last ? null : cursorOf(last) };
}

function cursorOf({ captured_at, id }: Pick<Capture, "captured_at" | "id">): CaptureCursor {
  return { capturedAt: captured_at, id };
}

/** Settings of {@link iterateCaptures}. */
export interface IterateOptions extends Omit<ListOptions, "limit" | "after"> {
  /** Rows asked for at once, 1 to 1000. Default 500. */
  readonly pageSize?: number | undefined;
}

/** All captures of a filter, page by page; holds one page in memory. */
export async function* iterateCaptures(
  ctx: PilabContext,
  options: IterateOptions = {},
): AsyncGenerator<Capture> {
  const { pageSize = 500, ...filter } = options;
  let last: Capture | undefined;
  do {
    const after = last && cursorOf(last);
    const { captures } = await listCaptures(ctx, { ...filter, limit: pageSize, after });
    yield* captures;
    last = captures.at(-1);
    // Until a page is empty, not merely short: a project's max_rows may be less than was asked for.
  } while (last !== undefined);
}
