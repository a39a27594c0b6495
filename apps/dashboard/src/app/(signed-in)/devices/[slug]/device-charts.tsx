"use client";
import { Card, Text, Title } from "@mantine/core";
import type { UploadStep } from "@pilab/schema";
import type { ReactNode } from "react";
import { AreaChart, BarChart } from "../../../../components/charts.tsx";
import { formatCount } from "../../../../components/format.ts";
import { SERIES_COLORS } from "../../../../components/series-colors.ts";
import { useZone } from "../../../../components/time.tsx";
import { dateFormat } from "../../../../lib/date-format.ts";
import type { HistoryPoint } from "./history-points.ts";

const HEIGHT = 200;
const DOTS_MAX = 48;

const COLORS = { waiting: "blue.6", free: "teal.7", temperature: "orange.7" } as const;

/** One measure over time, with what it came to in words. */
export function HistoryChart({
  title,
  of,
  points,
  hours,
}: {
  title: string;
  of: keyof typeof COLORS;
  points: readonly HistoryPoint[];
  hours: number;
}) {
  const format = useHourFormat(hours);
  const values = points.map((point) => point[of]).filter((value) => value !== null);
  const last = values.at(-1);
  const number = (value: number) => String(Number(value.toFixed(1)));
  return (
    <Frame
      title={title}
      words={
        last === undefined
          ? undefined
          : `now ${number(last)}, between ${number(Math.min(...values))} and ${number(Math.max(...values))}`
      }
    >
      <AreaChart
        h={HEIGHT}
        data={points.map((point) => ({ at: format(point.at), [title]: point[of] }))}
        dataKey="at"
        series={[{ name: title, color: COLORS[of] }]}
        curveType="linear"
        connectNulls={false}
        // One hour between two gaps is no line.
        withDots={values.length <= DOTS_MAX}
        dotProps={{ r: 2 }}
        valueFormatter={number}
        yAxisProps={{ domain: of === "free" ? [0, 100] : [0, "auto"], width: 40 }}
        xAxisProps={{ minTickGap: 40 }}
      />
    </Frame>
  );
}

/** How its uploads went in each hour. */
export function UploadsChart({ steps, hours }: { steps: readonly UploadStep[]; hours: number }) {
  const format = useHourFormat(hours);
  const sum = (of: "ok" | "failed" | "duplicate") => steps.reduce((total, step) => total + step[of], 0);
  const [ok, failed, duplicate] = [sum("ok"), sum("failed"), sum("duplicate")];
  return (
    <Frame
      title="Uploads by hour"
      words={
        ok + failed + duplicate === 0
          ? undefined
          : `${formatCount(ok)} uploaded, ${formatCount(failed)} failed, ${formatCount(duplicate)} duplicates`
      }
    >
      <BarChart
        h={HEIGHT}
        data={steps.map(({ at, ok, failed, duplicate }) => ({
          at: format(Date.parse(at)),
          Uploaded: ok,
          Failed: failed,
          Duplicates: duplicate,
        }))}
        dataKey="at"
        type="stacked"
        valueFormatter={formatCount}
        yAxisProps={{ width: 40, allowDecimals: false }}
        xAxisProps={{ minTickGap: 40 }}
        series={[
          { name: "Uploaded", color: SERIES_COLORS.uploaded },
          { name: "Duplicates", color: SERIES_COLORS.duplicates },
          { name: "Failed", color: SERIES_COLORS.failed },
        ]}
      />
    </Frame>
  );
}

function Frame({
  title,
  words,
  children,
}: {
  title: string;
  words: string | undefined;
  children: ReactNode;
}) {
  return (
    <Card withBorder p="md" component="section" aria-label={title}>
      <Title order={3} size="h5">
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {words ?? "Nothing was reported in this time"}
      </Text>
      {words !== undefined && children}
    </Card>
  );
}

function useHourFormat(hours: number): (at: number) => string {
  const { timeZone } = useZone();
  const format = dateFormat(hours > 24 ? "dayAndHour" : "hour", timeZone);
  return (at) => format.format(new Date(at));
}
