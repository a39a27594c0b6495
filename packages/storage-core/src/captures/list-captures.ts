import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";
import type { Capture } from "./capture.ts";
import { afterCursor, type CaptureCursor, type CaptureFilter, conditionsOf } from "./capture-filter.ts";

/** A page of captures, newest first. */
export interface CapturePage {
  readonly captures: Capture[];
  /** Pass it as `after` for the next page; null at the end. */
  readonly next: CaptureCursor | null;
}

/** Settings of {@link listCaptures}. */
export interface ListOptions extends CaptureFilter {
  /** Rows a page, 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
  readonly after?: CaptureCursor | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_PAGE = 1000;

/** One page. The cost is that of the page, however many captures there are; nothing is counted. */
export async function listCaptures(ctx: PilabContext, options: ListOptions = {}): Promise<CapturePage> {
  const { limit = 100, after, signal, ...filter } = options;
  const size = Math.min(Math.max(1, limit), MAX_PAGE);
  const captures = await ctx.call(
    { what: "listing captures" },
    async (attempt) => {
      const place = after === undefined ? undefined : afterCursor(after);
      let query = ctx.supabase.from("captures").select("*");
      for (const { column, operator, value } of [
        ...conditionsOf(filter, ctx.bucket),
        ...(place ? [place.bound] : []),
      ]) {
        query = query.filter(column, operator, value);
      }
      if (place) query = query.or(place.or);
      const ordered = query.order("captured_at", { ascending: false }).order("id", { ascending: false });
      return dataOf(await ordered.limit(size).abortSignal(attempt.signal)) as Capture[];
    },
    { signal },
  );
  const last = captures.at(-1);
  return { captures, next: captures.length < size || !last ? null : cursorOf(last) };
}

function cursorOf({ captured_at, id }: Capture): CaptureCursor {
  return { capturedAt: captured_at, id };
}

/** All captures of a filter, page by page; holds one page in memory. */
export async function* iterateCaptures(
  ctx: PilabContext,
  options: Omit<ListOptions, "limit" | "after"> & { pageSize?: number | undefined } = {},
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
