import type { Metadata } from "next";
import { Hydrated, prefetch, trpc } from "../../../server/prefetch.tsx";
import { Policies } from "./policies.tsx";

export const metadata: Metadata = { title: "Retention" };

/** What is kept, for how long. */
export default async function RetentionPage() {
  await prefetch(trpc.retention.policies.list.queryOptions(), trpc.retention.scopes.queryOptions());
  return (
    <Hydrated>
      <Policies />
    </Hydrated>
  );
}
