import type { Metadata } from "next";
import { live } from "../../../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../../../server/prefetch.tsx";
import { Channels } from "./channels.tsx";

export const metadata: Metadata = { title: "Channels of alerts" };

/** Whom alerts are told. */
export default async function ChannelsPage() {
  await prefetch(
    trpc.alerts.channels.list.queryOptions(),
    trpc.alerts.deliveries.queryOptions(undefined, live("alerts")),
  );
  return (
    <Hydrated>
      <Channels />
    </Hydrated>
  );
}
