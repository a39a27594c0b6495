"use client";
import { Anchor, Card, Group, Stack, Text, Title } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { type Need, needsOf } from "@pilab/storage-core/words";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { SeverityBadge } from "../../../../components/state-badge.tsx";
import { Age } from "../../../../components/time.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { useTRPC } from "../../../../lib/trpc.ts";

/** What it needs now and what to do, and what the lab's alerts say of it. */
export function DeviceNeeds({ device }: { device: DeviceWithStatus }) {
  const trpc = useTRPC();
  const alerts = useQuery(trpc.devices.alerts.queryOptions({ id: device.id }, live("alerts")));
  const needs = needsOf(device);
  const open = alerts.data ?? [];
  if (needs.length === 0 && open.length === 0) return null;
  return (
    <Card withBorder component="section" aria-label="What it needs">
      <Stack gap="sm">
        <Title order={2} size="h4">
          What it needs
        </Title>
        {needs.map((need) => (
          <NeedLine key={need.short} need={need} />
        ))}
        {open.length > 0 && (
          <Stack gap={4} component="section" aria-label="Open alerts">
            {open.map(({ id, severity, title, opened_at, state }) => (
              <Group key={id} gap="xs">
                <SeverityBadge severity={severity} />
                <Text size="sm">{title}</Text>
                <Text size="sm" c="dimmed">
                  since <Age at={opened_at} />
                  {state === "acknowledged" && ", taken on"}
                </Text>
              </Group>
            ))}
            <Anchor component={Link} href="/alerts" size="sm">
              All alerts
            </Anchor>
          </Stack>
        )}
      </Stack>
    </Card>
  );
}

function NeedLine({ need: { tone, short, what, todo } }: { need: Need }) {
  const color = `var(--pilab-${tone})`;
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <IconAlertTriangle size={18} color={color} style={{ flex: "none", marginTop: 2 }} aria-hidden />
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        <Text span inherit fw={600} style={{ color }}>
          {short}.
        </Text>{" "}
        {what}{" "}
        <Text span inherit c="dimmed">
          {todo}
        </Text>
      </Text>
    </Group>
  );
}
