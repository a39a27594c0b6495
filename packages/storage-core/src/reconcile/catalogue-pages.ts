import { comparedPage } from "@pilab/schema";
import type { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** Which side is gone through: captures with their rows, or thumbnails. */
export type CatalogueSide = "compare_catalogue" | "compare_thumbnails";

/** One page of names: how many were looked at, and what disagrees. */
export type CataloguePage = z.output<typeof comparedPage>;

// An agent sends the thumbnail first and the picture when it can: away for days, it still comes back to it.
const THUMBNAIL_AGE_S = 7 * 24 * 3600;

/** Goes through a bucket by name, a page in memory at a time. With the service key only. */
export async function* cataloguePages(
  ctx: PilabContext,
  side: CatalogueSide,
  { bucket, minAgeMs, signal }: { bucket: string; minAgeMs: number; signal?: AbortSignal | undefined },
): AsyncGenerator<CataloguePage> {
  const what = `comparing rows and objects of ${bucket}`;
  const ageS = Math.ceil(minAgeMs / 1000);
  const min_age_s =
    side === "compare_catalogue" ? ageS : Math.max(ageS, minAgeMs === 0 ? 0 : THUMBNAIL_AGE_S);
  for (let after: string | null = ""; after !== null; ) {
    const after_path: string = after;
    const page: CataloguePage = await ctx.call(
      { what },
      async (attempt) => {
        const call = ctx.supabase.rpc(side, { bucket_id: bucket, after_path, max_rows: 1000, min_age_s });
        return parsed(comparedPage, dataOf(await call.abortSignal(attempt.signal)), what);
      },
      { signal },
    );
    yield page;
    after = page.through;
  }
}
