"use client";
import { Anchor, Button, Card, Collapse, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { AlertRow } from "@pilab/schema";
import { RULE_LABELS } from "@pilab/storage-core/words";
import { IconCheck, IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { DetailList } from "../../../components/detail-list.tsx";
import { useIdentity } from "../../../components/identity.tsx";
import { SeverityBadge, ToneBadge } from "../../../components/state-badge.tsx";
import { Age, Time, useNow } from "../../../components/time.tsx";
import { Who } from "../../../components/who.tsx";
import { mayAct } from "../../../lib/role.ts";
import type { ShownAlert } from "../../../server/routers/alerts.ts";
import { SilenceMenu } from "./silence-menu.tsx";
import { useMarkAlerts } from "./use-mark-alerts.ts";

const BECAUSE: Record<NonNullable<AlertRow["resolved_because"]>, string> = {
  cleared: "what it told of is over",
  paused: "its device was paused",
  retired: "its device was retired",
  rule_off: "its rule was turned off",
  gone: "what it told of is no more",
};

const SUBJECT_PAGES: Record<string, readonly [href: string, label: string]> = {
  bucket: ["/retention/runs", "The runs"],
  audit_log: ["/audit", "The audit log"],
  channel: ["/alerts/channels", "The channels"],
};

/** One alert: what, since when, who sees to it, and what an operator can do. */
export function AlertCard({ alert }: { alert: ShownAlert }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const isOperator = mayAct(useIdentity().role, "operator");
  const { acknowledge, isPending } = useMarkAlerts();
  const { id, title, severity, state, rule_key, subject_type, device_slug, detail } = alert;
  const subjectPage =
    device_slug === null ? SUBJECT_PAGES[subject_type] : ([`/devices/${device_slug}`, "The device"] as const);

  return (
    <Card component="li" withBorder padding="md" aria-label={title}>
      <Group justify="space-between" align="flex-start" gap="md">
        <div style={{ flex: "1 1 300px", minWidth: 0 }}>
          <Group gap="xs" mb={6}>
            {state === "resolved" ? (
              <ToneBadge tone="ok">Resolved</ToneBadge>
            ) : (
              <SeverityBadge severity={severity} />
            )}
            {state === "acknowledged" && <ToneBadge tone="neutral">Acknowledged</ToneBadge>}
            <Text size="sm" c="dimmed">
              {RULE_LABELS[rule_key] ?? rule_key}
            </Text>
          </Group>
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {title}
          </Text>
          <Text size="sm" c="dimmed" component="div">
            <Lines alert={alert} />
          </Text>
        </div>
        {isOperator && state !== "resolved" && (
          <Group gap="xs">
            {state === "open" && (
              <Button
                size="xs"
                leftSection={<IconCheck size={16} />}
                loading={isPending}
                onClick={() => acknowledge([id])}
              >
                Acknowledge
              </Button>
            )}
            <SilenceMenu alert={alert} />
          </Group>
        )}
      </Group>
      <Group gap="md" mt="xs">
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          onClick={toggle}
          aria-expanded={isOpen}
          rightSection={isOpen ? <IconChevronUp size={14} /> : <IconChevronDown size={14} />}
        >
          Details
        </Button>
        {subjectPage !== undefined && (
          <Anchor component={Link} href={subjectPage[0]} size="sm" prefetch={false}>
            {subjectPage[1]}
          </Anchor>
        )}
      </Group>
      <Collapse expanded={isOpen}>
        <div style={{ paddingTop: 8 }}>
          <DetailList
            details={{ ...detail, opened: alert.opened_at, last_seen: alert.last_seen_at, alert: id }}
          />
        </div>
      </Collapse>
    </Card>
  );
}

function Lines({ alert }: { alert: AlertRow }) {
  const lines: ReactNode[] = [];
  const nowMs = useNow();
  const { opened_at, resolved_at, resolved_because, acknowledged_at, acknowledged_by, silenced_until } =
    alert;
  lines.push(
    <span key="opened">
      Opened <Age at={opened_at} />
    </span>,
  );
  if (acknowledged_at !== null) {
    lines.push(
      <span key="acknowledged">
        acknowledged <Age at={acknowledged_at} /> by <Who actor={acknowledged_by} />
      </span>,
    );
  }
  if (resolved_at !== null) {
    lines.push(
      <span key="resolved">
        resolved <Age at={resolved_at} />
        {resolved_because !== null && `: ${BECAUSE[resolved_because]}`}
      </span>,
    );
  } else {
    if (silenced_until !== null && Date.parse(silenced_until) > nowMs) {
      lines.push(
        <span key="silenced">
          silenced until <Time at={silenced_until} />
        </span>,
      );
    }
    if (alert.held) lines.push(<span key="held">nothing new is known, as its subject is away</span>);
  }
  return lines.flatMap((line, at) => (at === 0 ? [line] : [<span key={`dot ${at}`}> · </span>, line]));
}
