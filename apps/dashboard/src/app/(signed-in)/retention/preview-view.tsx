"use client";
import { Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { RetentionPreview } from "@pilab/schema";
import { IconAlertTriangle } from "@tabler/icons-react";
import { AreaChart } from "../../../components/charts.tsx";
import { DataTable } from "../../../components/data-table.tsx";
import { Figure } from "../../../components/figure.tsx";
import { formatBytes, formatCount, formatShare } from "../../../components/format.ts";
import { Note } from "../../../components/note.tsx";
import { Bytes, Count } from "../../../components/numbers.tsx";
import { SERIES_COLORS } from "../../../components/series-colors.ts";
import { Time, useZone } from "../../../components/time.tsx";
import { dateFormat } from "../../../lib/date-format.ts";

type PolicyPreview = RetentionPreview["policies"][number];

const CHART_HEIGHT = 260;

/** What retention would do day by day: of one policy, when there is a draft, and of all together. */
export function PreviewView({ preview }: { preview: RetentionPreview }) {
  const draft = preview.policies.find(({ policy }) => policy.id === null);
  const others = preview.policies.filter((policy) => policy !== draft);
  return (
    <Card withBorder component="section" aria-label="Preview" padding="lg">
      <Stack gap="lg">
        <Title order={2} size="h4">
          The next {preview.days.length - 1} days, as the worker reckons
        </Title>
        {draft && <DraftFigures draft={draft} />}
        <StorageForecast preview={preview} />
        {others.length > 0 && (
          <DataTable
            caption={draft ? "The other policies" : "What each policy does"}
            rows={others}
            rowKey={({ policy }) => policy.id ?? "draft"}
            columns={[
              { head: draft ? "Other policies" : "Policy", bare: true, cell: ({ sentence }) => sentence },
              {
                head: "To the trash at once",
                numeric: true,
                cell: ({ removed_files, removed_bytes }) => (
                  <>
                    <Count value={removed_files[0] ?? 0} />, <Bytes value={removed_bytes[0] ?? 0} />
                  </>
                ),
              },
              {
                head: "In all",
                numeric: true,
                cell: ({ removed_files, removed_bytes }) => (
                  <>
                    <Count value={sum(removed_files)} />, <Bytes value={sum(removed_bytes)} />
                  </>
                ),
              },
              { head: "Freed", numeric: true, cell: ({ freed_bytes }) => <Bytes value={sum(freed_bytes)} /> },
            ]}
          />
        )}
        {preview.policies.length === 0 && <Text>No policy is on: everything is kept.</Text>}
      </Stack>
    </Card>
  );
}

function DraftFigures({ draft }: { draft: PolicyPreview }) {
  const [files = 0] = draft.removed_files;
  const [bytes = 0] = draft.removed_bytes;
  return (
    <>
      <SimpleGrid cols={{ base: 2, lg: 4 }}>
        <Figure
          label="To the trash at the first run"
          value={<Count value={files} />}
          tone={files > 0 ? "warning" : undefined}
        >
          captures, {formatBytes(bytes)}
        </Figure>
        <Figure label="To the trash in all" value={<Count value={sum(draft.removed_files)} />}>
          captures, {formatBytes(sum(draft.removed_bytes))}
        </Figure>
        <Figure label="Freed by then" value={<Bytes value={sum(draft.freed_bytes)} />}>
          after {formatCount(draft.policy.grace_days)} days in the trash
        </Figure>
        <Figure label="Its brake" value={formatShare(draft.suggested_brake_share)}>
          On a usual day it removes {formatShare(draft.steady_share)} of its captures. A run that would remove
          more than the brake lets pass waits until an operator confirms that plan.
        </Figure>
      </SimpleGrid>
      {files > 0 && (
        <Note tone="warning" icon={<IconAlertTriangle />} title="The first run removes what has piled up">
          <Text size="sm">
            If that is more than the brake lets pass, it waits for a confirmation. A dry run shows it before.
          </Text>
        </Note>
      )}
    </>
  );
}

function StorageForecast({ preview }: { preview: RetentionPreview }) {
  const { timeZone } = useZone();
  const { days, quota_bytes, full_at } = preview;
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return null;
  const dayOf = (at: string) => dateFormat("day", timeZone).format(new Date(at));
  const shown = [0, 7, 30, 60].filter((day) => day < days.length - 1).concat(days.length - 1);
  const reachesQuota =
    quota_bytes !== null && Math.max(...days.map((day) => day.stored_bytes)) > quota_bytes / 2;
  return (
    <div>
      <Text mb="sm">
        Stored now <b>{formatBytes(first.stored_bytes)}</b>, in {days.length - 1} days{" "}
        <b>{formatBytes(last.stored_bytes)}</b>
        {quota_bytes === null ? " (no quota is set)" : ` of ${formatBytes(quota_bytes)}`}
        {full_at !== null && (
          <>
            ; <b>full</b> on <Time at={full_at} />
          </>
        )}
        .
      </Text>
      <div role="img" aria-label="Bytes stored and live by day; the table below has the same numbers">
        <AreaChart
          h={CHART_HEIGHT}
          data={days.map((day) => ({
            day: dayOf(day.at),
            "Stored, with the trash": day.stored_bytes,
            Live: day.live_bytes,
          }))}
          dataKey="day"
          withDots={false}
          withLegend
          curveType="monotone"
          fillOpacity={0.15}
          valueFormatter={formatBytes}
          yAxisProps={{ width: 70 }}
          series={[
            { name: "Stored, with the trash", color: SERIES_COLORS.stored },
            { name: "Live", color: SERIES_COLORS.live, strokeDasharray: "5 4" },
          ]}
          referenceLines={
            reachesQuota && quota_bytes !== null ? [{ y: quota_bytes, label: "Quota", color: "red.6" }] : []
          }
        />
      </div>
      <DataTable
        caption="Bytes by day"
        minWidth={300}
        rows={shown.flatMap((day) => (days[day] ? [{ day, ...days[day] }] : []))}
        rowKey={({ day }) => day}
        columns={[
          { head: "Day", cell: ({ day, at }) => (day === 0 ? "Now" : `In ${day} days, ${dayOf(at)}`) },
          { head: "Live", numeric: true, cell: ({ live_bytes }) => <Bytes value={live_bytes} /> },
          { head: "Stored", numeric: true, cell: ({ stored_bytes }) => <Bytes value={stored_bytes} /> },
        ]}
      />
    </div>
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
