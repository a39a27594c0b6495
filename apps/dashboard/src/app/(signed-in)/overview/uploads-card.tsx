"use client";
import { Card, Group, SegmentedControl, Skeleton, Title } from "@mantine/core";
import type { UploadStep } from "@pilab/schema";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { formatCount } from "../../../components/format.ts";
import { SERIES_COLORS } from "../../../components/series-colors.ts";
import { QueryView } from "../../../components/states.tsx";
import { useZone } from "../../../components/time.tsx";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";

const CHART_HEIGHT = 240;
const loading = () => <Skeleton height={CHART_HEIGHT} />;
// Charts are most of a page's script: they come after the page.
const BarChart = dynamic(() => import("../../../components/charts.tsx").then(({ BarChart }) => BarChart), {
  ssr: false,
  loading,
});

/** How uploads went, by hour or by day. */
export function UploadsCard({ lastDay }: { lastDay: UploadStep[] }) {
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
}

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
  const format = new Intl.DateTimeFormat(
    "en-GB",
    by === "hour"
      ? { hour: "2-digit", minute: "2-digit", timeZone }
      : { day: "numeric", month: "short", timeZone },
  );
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
