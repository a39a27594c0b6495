import type { Metadata } from "next";
import { live } from "../../../../lib/live-meta.ts";
import { Hydrated, prefetch, trpc } from "../../../../server/prefetch.tsx";
import { Device } from "./device.tsx";

/** The slug is what the person knows the device by, and stands in the address already. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).slug };
}

interface Props {
  params: Promise<{ slug: string }>;
}

/** One Pi: how it is, how it was, what it sends. */
export default async function DevicePage({ params }: Props) {
  const { slug } = await params;
  await prefetch(trpc.devices.get.queryOptions({ slug }, live("capture_batches", "device_status")));
  return (
    <Hydrated>
      <Device slug={slug} />
    </Hydrated>
  );
}
