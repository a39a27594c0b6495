import type { CaptureRow } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

const COLUMNS =
  "id, bucket_id, device_id, shot_type, series, object_path, size_bytes, thumbnail_bytes, captured_at, deleted_at, delete_reason, pinned_at, purging_at";
const PAGE = 1000;

/** A capture in the trash, or one whose purge has begun. */
export type TrashedCapture = Pick<
  CaptureRow,
  | "id"
  | "bucket_id"
  | "device_id"
  | "shot_type"
  | "series"
  | "object_path"
  | "size_bytes"
  | "thumbnail_bytes"
  | "captured_at"
  | "delete_reason"
  | "pinned_at"
  | "purging_at"
> & { deleted_at: string };

/** Which captures of the trash: those that all given fields allow. */
export interface TrashOptions {
  readonly bucket: string;
  /** True: only those whose purge has begun and not ended. Default: all. */
  readonly purging?: boolean | undefined;
  /** Moved there at or after. */
  readonly trashedSince?: string | undefined;
  /** Moved there at or before. */
  readonly trashedUntil?: string | undefined;
  readonly deviceId?: string | undefined;
  /** Go on after this one. */
  readonly after?: TrashCursor | undefined;
  /** What lies there longest first, or last. Default `oldest`. */
  readonly order?: "oldest" | "newest" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Settings of {@link trashPage}. */
export interface TrashPageOptions extends TrashOptions {
  /** Rows, 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
}

/** A page of the trash. */
export interface TrashPage {
  readonly captures: TrashedCapture[];
  /** Pass it as `after` for the next page, in the same order; null at the end. */
  readonly next: TrashCursor | null;
}

/** A place in the trash, in the order in which it was filled. */
export interface TrashCursor {
  readonly deleted_at: string;
  readonly id: string;
}

/** One page of the trash, for people to look at. */
export async function trashPage(
  ctx: PilabContext,
  { limit = 100, ...options }: TrashPageOptions,
): Promise<TrashPage> {
  const size = Math.min(Math.max(1, limit), PAGE);
  const captures = await readPage(ctx, options, options.after, size);
  const last = captures.at(-1);
  return {
    captures,
    next: captures.length < size || !last ? null : { deleted_at: last.deleted_at, id: last.id },
  };
}

/** The trash of a bucket; one page in memory. */
export async function* trashedCaptures(
  ctx: PilabContext,
  options: TrashOptions,
): AsyncGenerator<TrashedCapture> {
  let last = options.after;
  for (;;) {
    const page = await readPage(ctx, options, last);
    if (page.length === 0) return;
    yield* page;
    last = page.at(-1);
  }
}

async function readPage(
  ctx: PilabContext,
  { bucket, purging, trashedSince, trashedUntil, deviceId, order = "oldest", signal }: TrashOptions,
  last: TrashCursor | undefined,
  limit = PAGE,
): Promise<TrashedCapture[]> {
  return await ctx.call(
    { what: `reading the trash of ${bucket}` },
    async (attempt) => {
      let query = ctx.supabase
        .from("captures")
        .select(COLUMNS)
        .eq("bucket_id", bucket)
        .not("deleted_at", "is", null)
        .is("purged_at", null);
      if (purging) query = query.not("purging_at", "is", null);
      if (trashedSince !== undefined) query = query.gte("deleted_at", trashedSince);
      if (trashedUntil !== undefined) query = query.lte("deleted_at", trashedUntil);
      if (deviceId !== undefined) query = query.eq("device_id", deviceId);
      const ascending = order === "oldest";
      if (last) {
        const { deleted_at: at, id } = last;
        const beyond = ascending ? "gt" : "lt";
        query = query
          .filter("deleted_at", ascending ? "gte" : "lte", at)
          .or(`deleted_at.${beyond}.${at},and(deleted_at.eq.${at},id.${beyond}.${id})`);
      }
      const ordered = query.order("deleted_at", { ascending }).order("id", { ascending });
      return dataOf(await ordered.limit(limit).abortSignal(attempt.signal)) as TrashedCapture[];
    },
    { signal },
  );
}
