"use client";
import { Card, Group, SegmentedControl, Skeleton, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memo, useState } from "react";
import { AreaChart } from "../../../components/charts.tsx";
import { formatBytes, formatCount } from "../../../components/format.ts";
import { QueryView } from "../../../components/states.tsx";
import { live } from "../../../lib/live-meta.ts";
import { serverNow } from "../../../lib/server-clock.tsx";
import { useTRPC } from "../../../lib/trpc.ts";
import { storedByDay } from "./stored-by-day.ts";

const DAYS = 30;
const CHART_HEIGHT = 240;
const loading = () => <Skeleton height={CHART_HEIGHT} />;

/** What is stored, as it came in over the last month. */
export const StoredOverTime = memo(function StoredOverTime({
  stored,
}: {
  stored: { files: number; bytes: number };
}) {
  const trpc = useTRPC();
  const [unit, setUnit] = useState<"bytes" | "files">("bytes");
  const daily = useQuery(
    trpc.usage.daily.queryOptions({ days: DAYS }, live("capture_batches", "retention_runs")),
  );
  const format = unit === "bytes" ? formatBytes : formatCount;
  return (
    <Card withBorder component="section" aria-label="Stored over time" h="100%">
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          Stored, by day of arrival
        </Title>
        <SegmentedControl
          aria-label="Stored in"
          size="xs"
          value={unit}
          onChange={(value) => setUnit(value as typeof unit)}
          data={[
            { value: "bytes", label: "Bytes" },
            { value: "files", label: "Files" },
          ]}
        />
      </Group>
      <QueryView query={daily} loading={loading()}>
        {(days) => (
          <AreaChart
            h={CHART_HEIGHT}
            data={storedByDay(days, stored, { days: DAYS, today: new Date(serverNow()) }).map((day) => ({
              day: day.day.slice(5),
              Stored: day[unit],
            }))}
            dataKey="day"
            curveType="step"
            withDots={false}
            valueFormatter={format}
            yAxisProps={{ width: 70 }}
            series={[{ name: "Stored", color: "teal.7" }]}
          />
        )}
      </QueryView>
    </Card>
  );
});
