"use client";
import { Button, Center } from "@mantine/core";
import { IconListDetails } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useRouter, useSearchParams } from "next/navigation";
import { ExportMenu } from "../../../components/export-menu.tsx";
import { useIdentity } from "../../../components/identity.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { EmptyState, QueryView } from "../../../components/states.tsx";
import {
  AUDIT_PAGE,
  type AuditFilter,
  auditFilterFrom,
  auditFilterToSearch,
} from "../../../lib/audit-filter.ts";
import { live } from "../../../lib/live-meta.ts";
import { PAGES } from "../../../lib/pages.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { mayAct } from "../../../server/session/identity.ts";
import { AuditFilterBar } from "./audit-filter-bar.tsx";
import { Entries } from "./entries.tsx";
import { VerifyCard } from "./verify-card.tsx";

/** The page: the audit log, filtered by what stands in the address. */
export function Audit() {
  const isOperator = mayAct(useIdentity().role, "operator");
  if (isOperator) return <AuditLog />;
  return (
    <>
      <PageHeader title="Audit" />
      <EmptyState icon={<IconListDetails />} title="This page is for operators and admins">
        It tells who changed what. An admin of the lab can make you an operator.
      </EmptyState>
    </>
  );
}

function AuditLog() {
  const trpc = useTRPC();
  const router = useRouter();
  const filter = auditFilterFrom(new URLSearchParams(useSearchParams()));
  const setFilter = (next: AuditFilter) =>
    router.replace(`/audit?${auditFilterToSearch(next)}`, { scroll: false });
  const names = useQuery(trpc.audit.names.queryOptions());
  const entries = useInfiniteQuery(
    trpc.audit.list.infiniteQueryOptions(
      { ...filter, limit: AUDIT_PAGE },
      { ...live("capture_batches", "retention_runs", "alerts"), ...PAGES },
    ),
  );

  return (
    <>
      <PageHeader
        title="Audit"
        description="Every change, by whom, written once. Entries are sealed in a chain, so that a later change shows."
        actions={<ExportMenu kind="audit" fields={auditFilterToSearch(filter)} />}
      />
      <VerifyCard />
      <AuditFilterBar
        key={`${auditFilterToSearch(filter)} ${names.isSuccess}`}
        filter={filter}
        onChange={setFilter}
        names={names.data}
      />
      <QueryView query={entries}>
        {({ pages }) => {
          const listed = pages.flatMap((page) => page.entries);
          if (listed.length === 0) {
            return (
              <EmptyState icon={<IconListDetails />} title="No entry fits">
                {Object.keys(filter).length === 0
                  ? "Nothing was changed yet."
                  : "Take a part of the filter away."}
              </EmptyState>
            );
          }
          return (
            <>
              <Entries
                entries={listed}
                names={names.data}
                onFilter={(fields) => setFilter({ ...filter, ...fields })}
              />
              {entries.hasNextPage && (
                <Center mt="md">
                  <Button
                    variant="default"
                    loading={entries.isFetchingNextPage}
                    onClick={() => void entries.fetchNextPage()}
                  >
                    Older entries
                  </Button>
                </Center>
              )}
            </>
          );
        }}
      </QueryView>
    </>
  );
}
