import type { Metadata } from "next";
import { isInstant, isUuid } from "../../../lib/address-checks.ts";
import { filterFromSearch } from "../../../lib/capture-filter.ts";
import { PAGES } from "../../../lib/pages.ts";
import { Hydrated, prefetch, prefetchPages, trpc } from "../../../server/prefetch.tsx";
import { Captures } from "./captures.tsx";
import { PAGE_SIZE } from "./page-size.ts";

export const metadata: Metadata = { title: "Captures" };

/** Every picture, newest first, and what can be done with them. */
export default async function CapturesPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string>>;
}) {
  const search = new URLSearchParams(await searchParams);
  const [filter, at, id] = [filterFromSearch(search), search.get("at"), search.get("capture")];
  await Promise.all([
    prefetchPages(
      trpc.captures.tiles.infiniteQueryOptions(
        { ...filter, limit: PAGE_SIZE, ...(at !== null && isInstant(at) && { at }) },
        PAGES,
      ),
    ),
    id !== null && isUuid(id) && prefetch(trpc.captures.get.queryOptions({ id })),
  ]);
  return (
    <Hydrated>
      <Captures />
    </Hydrated>
  );
}
