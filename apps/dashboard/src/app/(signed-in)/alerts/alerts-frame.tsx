"use client";
import { Box, Text } from "@mantine/core";
import { IconBellOff } from "@tabler/icons-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Note } from "../../../components/note.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { SectionTabs } from "../../../components/section-tabs.tsx";
import { WorkerNotice } from "../../../components/worker-notice.tsx";

const TABS = [
  { href: "/alerts", label: "Alerts" },
  { href: "/alerts/rules", label: "Rules" },
  { href: "/alerts/channels", label: "Channels" },
];

/** The head of the pages about what needs somebody; it says when nobody would be told. */
export function AlertsFrame({
  description,
  actions,
  isTold,
  children,
}: {
  description: ReactNode;
  actions?: ReactNode;
  /** Whether a channel is on; undefined: not known yet. */
  isTold: boolean | undefined;
  children: ReactNode;
}) {
  return (
    <>
      <PageHeader title="Alerts" description={description} actions={actions} />
      <SectionTabs label="Pages of alerts" tabs={TABS} />
      <WorkerNotice>No alert opens or resolves and nobody is told until one is.</WorkerNotice>
      {isTold === false && (
        <Box mb="lg">
          <Note tone="warning" icon={<IconBellOff />} title="Nobody will be told">
            <Text size="sm">
              No channel is on, so alerts show here and nowhere else. An admin can add one{" "}
              <Link href="/alerts/channels">under Channels</Link>.
            </Text>
          </Note>
        </Box>
      )}
      {children}
    </>
  );
}
