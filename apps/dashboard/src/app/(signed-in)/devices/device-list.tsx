"use client";
import { Anchor, Box, Card, Group, Stack, Text } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { IconPhotoOff } from "@tabler/icons-react";
import Link from "next/link";
import { type Column, DataTable } from "../../../components/data-table.tsx";
import { formatShare } from "../../../components/format.ts";
import { Count } from "../../../components/numbers.tsx";
import { TakenAge } from "../../../components/taken-age.tsx";
import { Age } from "../../../components/time.tsx";
import { DeviceStanding } from "./device-standing.tsx";
import classes from "./devices.module.css";

type Device = DeviceWithStatus;
const SHOWN_NEEDS = 3;

/** The devices: a table where there is room, else cards. */
export function DeviceList({ devices }: { devices: readonly Device[] }) {
  return (
    <>
      <Card withBorder p={0} visibleFrom="md">
        <DataTable
          caption="Devices"
          columns={COLUMNS}
          rows={devices}
          rowKey={({ id }) => id}
          minWidth={960}
          highlightOnHover
        />
      </Card>
      <Stack gap="sm" hiddenFrom="md">
        {devices.map((device) => (
          <DeviceCard key={device.id} device={device} />
        ))}
      </Stack>
    </>
  );
}

const COLUMNS: readonly Column<Device>[] = [
  { head: "Device", cell: (device) => <Name device={device} /> },
  { head: "State", cell: (device) => <DeviceStanding device={device} most={SHOWN_NEEDS} /> },
  {
    head: "Last picture",
    cell: ({ last_capture: last }) => (last ? <TakenAge of={last} /> : <Unknown />),
  },
  { head: "Heartbeat", cell: ({ status }) => (status ? <Age at={status.reported_at} /> : <Unknown />) },
  { head: "Waiting", numeric: true, cell: ({ status }) => <Waiting status={status} /> },
  { head: "Card free", numeric: true, cell: ({ status }) => cardFree(status) ?? <Unknown /> },
  { head: "Temperature", numeric: true, cell: ({ status }) => temperature(status) ?? <Unknown /> },
  { head: "Clock", cell: ({ status }) => clock(status) ?? <Unknown /> },
  { head: "Version", cell: ({ status }) => status?.agent_version ?? <Unknown /> },
];

function DeviceCard({ device }: { device: Device }) {
  const { status, last_capture: last } = device;
  const facts = [
    (status?.queue_files ?? 0) > 0 && `${status?.queue_files} waiting`,
    cardFree(status) && `card ${cardFree(status)} free`,
    temperature(status),
    status?.agent_version && `version ${status.agent_version}`,
  ].filter(Boolean);
  return (
    <Card withBorder p="sm" component="article" aria-label={device.name}>
      <Name device={device} />
      <Box mt="xs">
        <DeviceStanding device={device} most={SHOWN_NEEDS} />
      </Box>
      <Text size="sm" c="dimmed" mt={6}>
        {last ? (
          <>
            Picture <TakenAge of={last} />
          </>
        ) : (
          "No picture yet"
        )}
        {status && (
          <>
            , heartbeat <Age at={status.reported_at} />
          </>
        )}
        {facts.length > 0 && `; ${facts.join(", ")}`}
      </Text>
    </Card>
  );
}

function Name({ device: { slug, name, last_capture: last } }: { device: Device }) {
  return (
    <Group gap="sm" wrap="nowrap">
      <Box className={classes.thumbnail}>
        {last ? (
          <img src={`/api/thumbnails/${last.id}`} alt="" loading="lazy" />
        ) : (
          <IconPhotoOff size={18} aria-hidden />
        )}
      </Box>
      <Box miw={0}>
        <Anchor component={Link} href={`/devices/${slug}`} fw={600} size="sm" prefetch={false}>
          {name}
        </Anchor>
        <Text size="xs" c="dimmed" truncate>
          {slug}
        </Text>
      </Box>
    </Group>
  );
}

function Waiting({ status }: { status: Device["status"] }) {
  return status?.queue_files == null ? <Unknown /> : <Count value={status.queue_files} />;
}

/** Not said, which is no zero. */
function Unknown() {
  return (
    <Text span c="dimmed" aria-label="unknown">
      –
    </Text>
  );
}

function cardFree(status: Device["status"]): string | undefined {
  if (!status?.disk_total_bytes || status.disk_free_bytes === null) return undefined;
  return formatShare(status.disk_free_bytes / status.disk_total_bytes);
}

function temperature(status: Device["status"]): string | undefined {
  return status?.cpu_temp_c == null ? undefined : `${status.cpu_temp_c.toFixed(0)} °C`;
}

function clock(status: Device["status"]): string | undefined {
  if (status?.clock_synced == null) return undefined;
  return status.clock_synced ? "Set" : "Not set";
}
