"use client";
import { Box, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { IconPhotoOff } from "@tabler/icons-react";
import Link from "next/link";
import { memo } from "react";
import { DeviceBadge } from "../../../components/state-badge.tsx";
import { TakenAge } from "../../../components/taken-age.tsx";
import { Thumbnail } from "../../../components/thumbnail.tsx";
import { byNeed } from "./by-need.ts";
import classes from "./tiles.module.css";

/** One tile a Pi, those that need a person first. */
export const DeviceTiles = memo(function DeviceTiles({ devices }: { devices: readonly DeviceWithStatus[] }) {
  const shown = byNeed(devices.filter(({ state }) => state !== "retired"));
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
        <Group gap={6}>
          <DeviceBadge state={device.state} />
        </Group>
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
