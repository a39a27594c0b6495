import type { Metadata } from "next";
import { filterFromSearch } from "../../../lib/capture-filter.ts";
import { Hydrated, prefetchPages, trpc } from "../../../server/prefetch.tsx";
import { Captures } from "./captures.tsx";
import { PAGE_SIZE } from "./page-size.ts";

export const metadata: Metadata = { title: "Captures" };

/** Every picture, newest first, and what can be done with them. */
export default async function CapturesPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string>>;
}) {
  const filter = filterFromSearch(new URLSearchParams(await searchParams));
  await prefetchPages(
    trpc.captures.tiles.infiniteQueryOptions(
      { ...filter, limit: PAGE_SIZE },
      { getNextPageParam: ({ next }) => next ?? undefined },
    ),
  );
  return (
    <Hydrated>
      <Captures />
    </Hydrated>
  );
}
