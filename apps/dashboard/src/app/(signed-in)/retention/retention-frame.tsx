"use client";
import type { ReactNode } from "react";
import { PageHeader } from "../../../components/page-header.tsx";
import { SectionTabs } from "../../../components/section-tabs.tsx";

const TABS = [
  { href: "/retention", label: "Policies" },
  { href: "/retention/runs", label: "Runs" },
  { href: "/retention/trash", label: "Trash" },
  { href: "/retention/holds", label: "Holds" },
];

/** The head of the pages about what is kept and what goes. */
export function RetentionFrame({
  description,
  actions,
  children,
}: {
  description: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <>
      <PageHeader title="Retention" description={description} actions={actions} />
      <SectionTabs label="Pages of retention" tabs={TABS} />
      {children}
    </>
  );
}
