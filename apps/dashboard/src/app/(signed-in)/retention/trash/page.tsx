import type { Metadata } from "next";
import { PAGES } from "../../../../lib/pages.ts";
import { Hydrated, prefetch, prefetchPages, trpc } from "../../../../server/prefetch.tsx";
import { TRASH_PAGE } from "./page-size.ts";
import { Trash } from "./trash.tsx";

export const metadata: Metadata = { title: "Trash" };

/** What can still be brought back. */
export default async function TrashPage() {
  await Promise.all([
    prefetch(trpc.retention.scopes.queryOptions()),
    prefetchPages(trpc.retention.trash.infiniteQueryOptions(TRASH_PAGE, PAGES)),
  ]);
  return (
    <Hydrated>
      <Trash />
    </Hydrated>
  );
}
