"use client";
import { useQuery } from "@tanstack/react-query";
import { Bytes, Count } from "../../components/numbers.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { QueryView } from "../../components/states.tsx";
import { live } from "../../lib/live-meta.ts";
import { useTRPC } from "../../lib/trpc.ts";

/** The page. */
export function Overview() {
  const trpc = useTRPC();
  const usage = useQuery(trpc.usage.get.queryOptions(undefined, live("capture_batches")));
  return (
    <>
      <PageHeader title="Overview" />
      <QueryView query={usage}>
        {({ stored }) => (
          <p>
            <Count value={stored.files} /> files, <Bytes value={stored.bytes} />
          </p>
        )}
      </QueryView>
    </>
  );
}
