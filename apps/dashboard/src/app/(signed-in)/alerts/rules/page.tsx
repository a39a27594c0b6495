import type { Metadata } from "next";
import { live } from "../../../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../../../server/prefetch.tsx";
import { Rules } from "./rules.tsx";

export const metadata: Metadata = { title: "Rules of alerts" };

/** When an alert opens. */
export default async function RulesPage() {
  await prefetch(
    trpc.alerts.rules.list.queryOptions(),
    trpc.alerts.unresolved.queryOptions(undefined, live("alerts")),
  );
  return (
    <Hydrated>
      <Rules />
    </Hydrated>
  );
}
