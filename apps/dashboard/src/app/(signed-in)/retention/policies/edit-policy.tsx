"use client";
import { useQuery } from "@tanstack/react-query";
import { EmptyState, QueryView } from "../../../../components/states.tsx";
import { useTRPC } from "../../../../lib/trpc.ts";
import { PolicyForm } from "./policy-form.tsx";

/** The form of the policy of an address. */
export function EditPolicy({ id }: { id: string }) {
  const trpc = useTRPC();
  const policies = useQuery(trpc.retention.policies.list.queryOptions());
  return (
    <QueryView query={policies}>
      {(listed) => {
        const policy = listed.find((one) => one.id === id);
        return policy === undefined ? (
          <EmptyState title="There is no such policy">It may have been removed.</EmptyState>
        ) : (
          <PolicyForm policy={policy} />
        );
      }}
    </QueryView>
  );
}
