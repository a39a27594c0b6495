"use client";
import { Box, Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { byUrgency } from "@pilab/storage-core/words";
import { IconPhotoOff } from "@tabler/icons-react";
import Link from "next/link";
import { memo } from "react";
import { TakenAge } from "../../../components/taken-age.tsx";
import { Thumbnail } from "../../../components/thumbnail.tsx";
import { DeviceStanding } from "../devices/device-standing.tsx";
import classes from "./tiles.module.css";

const SHOWN_NEEDS = 2;

/** One tile a Pi, those that need a person first. */
export const DeviceTiles = memo(function DeviceTiles({ devices }: { devices: readonly DeviceWithStatus[] }) {
  const shown = byUrgency(devices.filter(({ state }) => state !== "retired"));
  return (
    <Stack gap="sm" component="section" aria-label="Devices">
      <Title order={2} size="h4">
        Devices
      </Title>
      <SimpleGrid cols={{ base: 2, xs: 3, md: 4, xl: 6 }} spacing="md">
        {shown.map((device) => (
          <DeviceTile key={device.id} device={device} />
        ))}
      </SimpleGrid>
    </Stack>
  );
});

function DeviceTile({ device }: { device: DeviceWithStatus }) {
  const { last_capture: last, status } = device;
  const waiting = status?.queue_files ?? 0;
  return (
    <Card withBorder padding={0} component={Link} href={`/devices/${device.slug}`} prefetch={false}>
      <Box className={classes.picture}>
        {last ? (
          <Thumbnail key={last.id} id={last.id} alt={`What ${device.name} saw last`} />
        ) : (
          <Stack align="center" gap={4} c="dimmed">
            <IconPhotoOff size={24} aria-hidden />
            <Text size="xs">No picture yet</Text>
          </Stack>
        )}
      </Box>
      <Stack gap={4} p="sm">
        <Text fw={600} size="sm" truncate title={device.slug}>
          {device.name}
        </Text>
        <DeviceStanding device={device} most={SHOWN_NEEDS} />
        <Text size="xs" c="dimmed">
          {last ? (
            <>
              Picture <TakenAge of={last} />
            </>
          ) : (
            "Waits for its first picture"
          )}
          {waiting > 0 && `, ${waiting} waiting`}
        </Text>
      </Stack>
    </Card>
  );
}
