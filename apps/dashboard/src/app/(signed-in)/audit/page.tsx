import type { Metadata } from "next";
import { AUDIT_PAGE, auditFilterFrom } from "../../../lib/audit-filter.ts";
import { PAGES } from "../../../lib/pages.ts";
import { Hydrated, prefetch, prefetchPages, trpc } from "../../../server/prefetch.tsx";
import { Audit } from "./audit.tsx";

export const metadata: Metadata = { title: "Audit" };

/** Who did what, when. */
export default async function AuditPage({ searchParams }: { searchParams: Promise<Record<string, string>> }) {
  const filter = auditFilterFrom(new URLSearchParams(await searchParams));
  await Promise.all([
    prefetch(trpc.audit.names.queryOptions(), trpc.audit.lastCheck.queryOptions()),
    prefetchPages(trpc.audit.list.infiniteQueryOptions({ ...filter, limit: AUDIT_PAGE }, PAGES)),
  ]);
  return (
    <Hydrated>
      <Audit />
    </Hydrated>
  );
}
