"use client";
import { Card, Group, Progress, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import type { StorageUsage } from "@pilab/schema";
import { memo, useState } from "react";
import { formatShare } from "../../../components/format.ts";
import { Bytes, Count } from "../../../components/numbers.tsx";

const SHOWN = 8;

type By = "device" | "shot_type" | "series";

/** Who and what fills the storage. */
export const StorageCard = memo(function StorageCard({
  usage,
  devices,
}: {
  usage: StorageUsage;
  devices: readonly { id: string; name: string }[];
}) {
  const [by, setBy] = useState<By>("device");
  const parts = partsOf(usage, by, devices).toSorted((a, b) => b.bytes - a.bytes);
  const shown = parts.slice(0, SHOWN);
  return (
    <Card withBorder component="section" aria-label="Storage by">
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          What fills the storage
        </Title>
        <SegmentedControl
          aria-label="Storage by"
          size="xs"
          value={by}
          onChange={(value) => setBy(value as By)}
          data={[
            { value: "device", label: "Device" },
            { value: "shot_type", label: "Shot type" },
            { value: "series", label: "Series" },
          ]}
        />
      </Group>
      <Stack gap="sm">
        {shown.length === 0 && <Text c="dimmed">Nothing is stored yet.</Text>}
        {shown.map(({ name, files, bytes }) => {
          const share = usage.stored.bytes === 0 ? 0 : bytes / usage.stored.bytes;
          return (
            <div key={name ?? "-"}>
              <Group justify="space-between" gap="xs" wrap="nowrap">
                <Text size="sm" truncate c={name === null ? "dimmed" : undefined}>
                  {name ?? "Without"}
                </Text>
                <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
                  <Bytes value={bytes} />, <Count value={files} /> files
                </Text>
              </Group>
              <Progress
                value={share * 100}
                size="sm"
                mt={4}
                aria-label={`${name ?? "Without"}: ${formatShare(share)} of what is stored`}
              />
            </div>
          );
        })}
        {parts.length > SHOWN && (
          <Text size="sm" c="dimmed">
            And {parts.length - SHOWN} more
          </Text>
        )}
      </Stack>
    </Card>
  );
});

function partsOf(usage: StorageUsage, by: By, devices: readonly { id: string; name: string }[]) {
  if (by === "shot_type")
    return usage.by_shot_type.map(({ shot_type, ...part }) => ({ name: shot_type, ...part }));
  if (by === "series") return usage.by_series.map(({ series, ...part }) => ({ name: series, ...part }));
  const names = new Map(devices.map(({ id, name }) => [id, name]));
  return usage.by_device.map(({ device_id, slug, ...part }) => ({
    name: names.get(device_id) ?? slug,
    ...part,
  }));
}
