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
import { mayAct } from "../../../lib/role.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { firstOf, READ_ONCE, useLivePages } from "../../../lib/use-live-pages.ts";
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
  const input = { ...filter, limit: AUDIT_PAGE };
  const pages = useInfiniteQuery(trpc.audit.list.infiniteQueryOptions(input, READ_ONCE));
  const first = useQuery(
    trpc.audit.list.queryOptions(input, {
      ...live("capture_batches", "retention_runs", "alerts"),
      ...firstOf(pages),
    }),
  );
  const key = trpc.audit.list.infiniteQueryKey(input);
  const entries = useLivePages({ pages, first, key, rowsOf: (page) => page.entries });

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
      <QueryView query={entries.query}>
        {() => {
          if (entries.rows.length === 0) {
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
                entries={entries.rows}
                names={names.data}
                onFilter={(fields) => setFilter({ ...filter, ...fields })}
              />
              {entries.hasMore && (
                <Center mt="md">
                  <Button variant="default" loading={entries.isLoadingMore} onClick={entries.loadMore}>
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
