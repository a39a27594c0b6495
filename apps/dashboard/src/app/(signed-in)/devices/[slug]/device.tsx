"use client";
import { Anchor, Breadcrumbs, Group, Stack, Text } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { IconCameraOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { CadenceCard } from "../../../../components/cadence/cadence-card.tsx";
import { PageHeader } from "../../../../components/page-header.tsx";
import { EmptyState, QueryView } from "../../../../components/states.tsx";
import { Time } from "../../../../components/time.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import { StateBadge } from "../device-standing.tsx";
import { DeviceActions } from "./device-actions.tsx";
import { DeviceCaptures } from "./device-captures.tsx";
import { DeviceHistory } from "./device-history.tsx";
import { DeviceNeeds } from "./device-needs-card.tsx";
import { DeviceSettings } from "./device-settings.tsx";
import { HealthNow, intervalWords } from "./health-now.tsx";
import { QuarantineCard } from "./quarantine-card.tsx";

/** The page. */
export function Device({ slug }: { slug: string }) {
  const trpc = useTRPC();
  const query = useQuery(trpc.devices.get.queryOptions({ slug }, live("capture_batches", "device_status")));
  return (
    <>
      <Breadcrumbs mb={4} fz="sm">
        <Anchor component={Link} href="/devices" inherit>
          Devices
        </Anchor>
        <Text inherit c="dimmed">
          {slug}
        </Text>
      </Breadcrumbs>
      <QueryView query={query}>
        {(device) => (device === null ? <NoDevice slug={slug} /> : <Whole device={device} />)}
      </QueryView>
    </>
  );
}

function Whole({ device }: { device: DeviceWithStatus }) {
  return (
    <>
      <PageHeader
        title={device.name}
        description={
          <Group gap="xs">
            <StateBadge device={device} />
            <span>{inWords(device)}</span>
          </Group>
        }
        actions={<DeviceActions device={device} />}
      />
      <Stack gap="lg">
        <DeviceNeeds device={device} />
        <HealthNow device={device} />
        <QuarantineCard device={device} />
        <DeviceCaptures device={device} />
        <CadenceCard deviceId={device.id} />
        <DeviceHistory device={device} />
        <DeviceSettings device={device} />
      </Stack>
    </>
  );
}

function inWords({ state, paused_until, retired_at, expected_interval_s }: DeviceWithStatus) {
  if (state === "paused" && paused_until !== null) {
    return (
      <>
        Takes pictures, and uploads nothing until <Time at={paused_until} />
      </>
    );
  }
  if (state === "retired" && retired_at !== null) {
    return (
      <>
        Out of service since <Time at={retired_at} />; its captures stay
      </>
    );
  }
  if (state === "never") return "Waits for its first heartbeat or picture";
  return intervalWords(expected_interval_s);
}

function NoDevice({ slug }: { slug: string }) {
  return (
    <EmptyState icon={<IconCameraOff size={28} />} title={`There is no device ${slug}`}>
      A slug is never changed, so it was never one of this lab's.{" "}
      <Anchor component={Link} href="/devices" inherit>
        All devices
      </Anchor>
    </EmptyState>
  );
}
