import type { Metadata } from "next";
import { live } from "../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../server/prefetch.tsx";
import { LATEST } from "./overview/latest.ts";
import { Overview } from "./overview/overview.tsx";

export const metadata: Metadata = { title: "Overview" };

/** Is everything arriving, which Pi needs me, how full are we. */
export default async function OverviewPage() {
  await prefetch(
    trpc.fleet.overview.queryOptions(undefined, live("capture_batches", "device_status", "alerts")),
    trpc.captures.arrivals.queryOptions({ limit: LATEST }, live("capture_batches", "retention_runs")),
  );
  return (
    <Hydrated>
      <Overview />
    </Hydrated>
  );
}
