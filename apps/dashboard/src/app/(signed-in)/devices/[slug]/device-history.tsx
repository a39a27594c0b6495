"use client";
import { Group, SegmentedControl, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Loading, QueryView } from "../../../../components/states.tsx";
import { Time } from "../../../../components/time.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import { HistoryChart, UploadsChart } from "./device-charts.tsx";
import { historyPoints, troubles } from "./history-points.ts";

const SPANS = [
  { value: "24", label: "24 hours" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
];
const TROUBLES_SHOWN = 6;

/** How it was over the last days: backlog, card, temperature, uploads. */
export function DeviceHistory({ device: { id, read_at } }: { device: DeviceWithStatus }) {
  const trpc = useTRPC();
  const [hours, setHours] = useState(24);
  const history = useQuery(trpc.devices.history.queryOptions({ id, hours }, live("device_status")));
  const uploads = useQuery(trpc.devices.uploads.queryOptions({ id, hours }, live("capture_batches")));
  return (
    <Stack gap="sm" component="section" aria-label="History">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Over the last days
        </Title>
        <SegmentedControl
          aria-label="Span of the charts"
          size="xs"
          value={String(hours)}
          onChange={(value) => setHours(Number(value))}
          data={SPANS}
        />
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <QueryView query={uploads} loading={<Loading rows={1} height={240} />}>
          {(steps) => <UploadsChart steps={steps} hours={hours} />}
        </QueryView>
        <QueryView query={history} loading={<Loading rows={1} height={240} />}>
          {(rows) => {
            const points = historyPoints(rows, hours, Date.parse(read_at));
            return (
              <>
                <HistoryChart title="Waiting pictures" of="waiting" points={points} hours={hours} />
                <HistoryChart title="Card free, per cent" of="free" points={points} hours={hours} />
                <HistoryChart
                  title="Highest temperature, °C"
                  of="temperature"
                  points={points}
                  hours={hours}
                />
              </>
            );
          }}
        </QueryView>
      </SimpleGrid>
      {history.data && <Troubles rows={history.data} />}
    </Stack>
  );
}

function Troubles({ rows }: { rows: Parameters<typeof troubles>[0] }) {
  const all = troubles(rows);
  if (all.length === 0) return null;
  return (
    <Stack gap={2}>
      {all.slice(0, TROUBLES_SHOWN).map(({ hour, what }) => (
        <Text key={`${hour} ${what}`} size="sm" c="dimmed">
          <Time at={hour} />: {what}
        </Text>
      ))}
      {all.length > TROUBLES_SHOWN && (
        <Text size="sm" c="dimmed">
          And {all.length - TROUBLES_SHOWN} more in this span
        </Text>
      )}
    </Stack>
  );
}
