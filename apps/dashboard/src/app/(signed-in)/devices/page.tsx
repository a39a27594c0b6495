import type { Metadata } from "next";
import { live } from "../../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../../server/prefetch.tsx";
import { Devices } from "./devices.tsx";

export const metadata: Metadata = { title: "Devices" };

/** Every Pi, who needs a person first. */
export default async function DevicesPage() {
  await prefetch(trpc.devices.list.queryOptions(undefined, live("capture_batches", "device_status")));
  return (
    <Hydrated>
      <Devices />
    </Hydrated>
  );
}
