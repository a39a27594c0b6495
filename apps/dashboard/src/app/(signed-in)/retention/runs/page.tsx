import type { Metadata } from "next";
import { PAGES } from "../../../../lib/pages.ts";
import { Hydrated, prefetchPages, trpc } from "../../../../server/prefetch.tsx";
import { RUNS_PAGE } from "./page-size.ts";
import { Runs } from "./runs.tsx";

export const metadata: Metadata = { title: "Retention runs" };

/** What retention did, and what waits. */
export default async function RunsPage() {
  await prefetchPages(trpc.retention.runs.list.infiniteQueryOptions({ limit: RUNS_PAGE }, PAGES));
  return (
    <Hydrated>
      <Runs />
    </Hydrated>
  );
}
