import type { Metadata } from "next";
import { live } from "../../../../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../../../../server/prefetch.tsx";
import { RunDetail } from "../run-detail.tsx";

export const metadata: Metadata = { title: "Retention run" };

/** One run: its plan with the reasons, and what became of it. */
export default async function RunPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  await prefetch(trpc.retention.runs.get.queryOptions({ id }, live("retention_runs")));
  return (
    <Hydrated>
      <RunDetail id={id} />
    </Hydrated>
  );
}
