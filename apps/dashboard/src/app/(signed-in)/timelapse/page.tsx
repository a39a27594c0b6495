import type { Metadata } from "next";
import { live } from "../../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../../server/prefetch.tsx";
import { Timelapse } from "./timelapse.tsx";

export const metadata: Metadata = { title: "Timelapse" };

/** A series as a film, and how complete it is. */
export default async function TimelapsePage() {
  await prefetch(trpc.fleet.overview.queryOptions(undefined, live("device_status")));
  return (
    <Hydrated>
      <Timelapse />
    </Hydrated>
  );
}
