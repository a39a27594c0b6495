import type { Metadata } from "next";
import { PAGES } from "../../../../lib/pages.ts";
import { Hydrated, prefetch, prefetchPages, trpc } from "../../../../server/prefetch.tsx";
import { Holds } from "./holds.tsx";
import { HOLDS_PAGE } from "./page-size.ts";

export const metadata: Metadata = { title: "Holds" };

/** What no policy removes. */
export default async function HoldsPage() {
  await Promise.all([
    prefetch(trpc.retention.scopes.queryOptions()),
    prefetchPages(trpc.captures.tiles.infiniteQueryOptions(HOLDS_PAGE, PAGES)),
  ]);
  return (
    <Hydrated>
      <Holds />
    </Hydrated>
  );
}
