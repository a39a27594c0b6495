import { Group, Stack, Text } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { needsOf } from "@pilab/storage-core/words";
import { IconAlertTriangle } from "@tabler/icons-react";
import { DeviceBadge, ToneBadge } from "../../../components/state-badge.tsx";
import { Time } from "../../../components/time.tsx";

/** A device's state in a word; none for one that is in order but for what it needs: beside that the word would deny it. */
export function StateBadge({ device }: { device: DeviceWithStatus }) {
  if (device.state === "ok" && needsOf(device).length > 0) return null;
  return <DeviceBadge state={device.state} />;
}

/** A device's state and what it needs, the worst `most` of it. */
export function DeviceStanding({ device, most }: { device: DeviceWithStatus; most: number }) {
  const needs = needsOf(device);
  return (
    <Stack gap={4} align="flex-start">
      <Group gap={6}>
        <StateBadge device={device} />
        {device.state === "paused" && device.paused_until !== null && (
          <Text size="xs" c="dimmed">
            until <Time at={device.paused_until} />
          </Text>
        )}
      </Group>
      {needs.length > 0 && (
        <Group gap={4}>
          {needs.slice(0, most).map(({ tone, short, what }) => (
            <span key={short} title={what}>
              <ToneBadge tone={tone} icon={<IconAlertTriangle size={13} aria-hidden />}>
                {short}
              </ToneBadge>
            </span>
          ))}
          {needs.length > most && (
            <Text size="xs" c="dimmed">
              and {needs.length - most} more
            </Text>
          )}
        </Group>
      )}
    </Stack>
  );
}
