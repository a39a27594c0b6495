import { afterCursor } from "../captures/capture-filter.ts";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";
import type { RetentionCapture } from "./entry.ts";

const COLUMNS =
  "id, bucket_id, device_id, shot_type, series, size_bytes, thumbnail_bytes, captured_at, captured_at_trusted, created_at, sharpness, pinned_at";
const PAGE = 1000;

/** Which live captures: those of one bucket, as far as they had been received at a time. */
export interface LiveOptions {
  readonly bucket: string;
  /** Received at or before, by the server's clock. */
  readonly receivedUntil: string;
  readonly signal?: AbortSignal | undefined;
}

/** Live captures in the planner's order, newest first; one page in memory, one on its way. */
export async function* liveCaptures(
  ctx: PilabContext,
  options: LiveOptions,
): AsyncGenerator<RetentionCapture> {
  let page = await readPage(ctx, options, undefined);
  while (page.length > 0) {
    // Read while this one is looked at. Until a page is empty, not merely short: a project's max_rows may be less.
    const next = readPage(ctx, options, page.at(-1));
    next.catch(() => {});
    yield* page;
    page = await next;
  }
}

async function readPage(
  ctx: PilabContext,
  { bucket, receivedUntil, signal }: LiveOptions,
  last: RetentionCapture | undefined,
): Promise<RetentionCapture[]> {
  return await ctx.call(
    { what: `reading the captures of ${bucket}` },
    async (attempt) => {
      let query = ctx.supabase
        .from("captures")
        .select(COLUMNS)
        .eq("bucket_id", bucket)
        .is("deleted_at", null)
        .lte("created_at", receivedUntil);
      if (last) {
        const { bound, or } = afterCursor({ capturedAt: last.captured_at, id: last.id });
        query = query.filter(bound.column, bound.operator, bound.value).or(or);
      }
      const ordered = query.order("captured_at", { ascending: false }).order("id", { ascending: false });
      return dataOf(await ordered.limit(PAGE).abortSignal(attempt.signal)) as RetentionCapture[];
    },
    { signal },
  );
}
