import type { Metadata } from "next";
import { Hydrated, prefetch, trpc } from "../../../../../server/prefetch.tsx";
import { EditPolicy } from "../edit-policy.tsx";

export const metadata: Metadata = { title: "Policy" };

/** A policy that there is. */
export default async function PolicyPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  await prefetch(trpc.retention.policies.list.queryOptions(), trpc.retention.scopes.queryOptions());
  return (
    <Hydrated>
      <EditPolicy id={id} />
    </Hydrated>
  );
}
