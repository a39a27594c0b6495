import type { Metadata } from "next";
import { live } from "../../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../../server/prefetch.tsx";
import { Exports } from "./exports.tsx";

export const metadata: Metadata = { title: "Exports" };

/** What can be saved as a file. */
export default async function ExportsPage() {
  await prefetch(trpc.fleet.overview.queryOptions(undefined, live("device_status")));
  return (
    <Hydrated>
      <Exports />
    </Hydrated>
  );
}
