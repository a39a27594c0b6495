import type { Metadata } from "next";
import { Hydrated, prefetch, trpc } from "../../../../../server/prefetch.tsx";
import { PolicyForm } from "../policy-form.tsx";

export const metadata: Metadata = { title: "New policy" };

/** A policy from nothing. */
export default async function NewPolicyPage() {
  await prefetch(trpc.retention.scopes.queryOptions());
  return (
    <Hydrated>
      <PolicyForm />
    </Hydrated>
  );
}
