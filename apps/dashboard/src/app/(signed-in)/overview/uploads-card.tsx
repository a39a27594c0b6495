"use client";
import { Card, Group, SegmentedControl, Skeleton, Title } from "@mantine/core";
import type { UploadStep } from "@pilab/schema";
import { useQuery } from "@tanstack/react-query";
import { memo, useState } from "react";
import { BarChart } from "../../../components/charts.tsx";
import { formatCount } from "../../../components/format.ts";
import { SERIES_COLORS } from "../../../components/series-colors.ts";
import { QueryView } from "../../../components/states.tsx";
import { useZone } from "../../../components/time.tsx";
import { dateFormat } from "../../../lib/date-format.ts";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";

const CHART_HEIGHT = 240;
const loading = () => <Skeleton height={CHART_HEIGHT} />;

/** How uploads went, by hour or by day. */
export const UploadsCard = memo(function UploadsCard({ lastDay }: { lastDay: UploadStep[] }) {
  const [by, setBy] = useState<"hour" | "day">("hour");
  return (
    <Card withBorder component="section" aria-label="Uploads" h="100%">
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          Uploads
        </Title>
        <SegmentedControl
          aria-label="Uploads by"
          size="xs"
          value={by}
          onChange={(value) => setBy(value as typeof by)}
          data={[
            { value: "hour", label: "24 hours" },
            { value: "day", label: "30 days" },
          ]}
        />
      </Group>
      {by === "hour" ? <Chart steps={lastDay} by="hour" /> : <ByDay />}
    </Card>
  );
});

function ByDay() {
  const trpc = useTRPC();
  const { timeZone } = useZone();
  const query = useQuery(
    trpc.usage.uploadsDaily.queryOptions({ days: 30, timeZone }, live("capture_batches")),
  );
  return (
    <QueryView query={query} loading={loading()}>
      {(steps) => <Chart steps={steps} by="day" />}
    </QueryView>
  );
}

function Chart({ steps, by }: { steps: UploadStep[]; by: "hour" | "day" }) {
  const { timeZone } = useZone();
  const format = dateFormat(by, timeZone);
  return (
    <BarChart
      h={CHART_HEIGHT}
      data={steps.map(({ at, ok, failed, duplicate }) => ({
        at: format.format(new Date(at)),
        Uploaded: ok,
        Failed: failed,
        Duplicates: duplicate,
      }))}
      dataKey="at"
      type="stacked"
      withLegend
      valueFormatter={formatCount}
      series={[
        { name: "Uploaded", color: SERIES_COLORS.uploaded },
        { name: "Duplicates", color: SERIES_COLORS.duplicates },
        { name: "Failed", color: SERIES_COLORS.failed },
      ]}
    />
  );
}
