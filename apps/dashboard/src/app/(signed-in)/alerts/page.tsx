import type { Metadata } from "next";
import { live } from "../../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../../server/prefetch.tsx";
import { Alerts } from "./alerts.tsx";

export const metadata: Metadata = { title: "Alerts" };

/** What needs somebody. */
export default async function AlertsPage() {
  await prefetch(trpc.alerts.unresolved.queryOptions(undefined, live("alerts")));
  return (
    <Hydrated>
      <Alerts />
    </Hydrated>
  );
}
