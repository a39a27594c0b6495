import type { Metadata } from "next";
import { live } from "../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../server/prefetch.tsx";
import { Overview } from "./overview/overview.tsx";

export const metadata: Metadata = { title: "Overview" };

/** Is everything arriving, which Pi needs me, how full are we. */
export default async function OverviewPage() {
  await prefetch(
    trpc.fleet.overview.queryOptions(undefined, live("capture_batches", "device_status", "alerts")),
    trpc.captures.tiles.queryOptions({ limit: 12 }, live("capture_batches")),
  );
  return (
    <Hydrated>
      <Overview />
    </Hydrated>
  );
}
