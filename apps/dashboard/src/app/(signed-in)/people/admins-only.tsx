import { IconLock } from "@tabler/icons-react";
import { PageHeader } from "../../../components/page-header.tsx";
import { EmptyState } from "../../../components/states.tsx";

/** For who came by the address. */
export function AdminsOnly() {
  return (
    <>
      <PageHeader title="People" />
      <EmptyState icon={<IconLock size={28} />} title="This page is for admins">
        They invite people and set their roles. Ask one of them if yours should be another.
      </EmptyState>
    </>
  );
}
