"use client";
import { Checkbox, Group, Paper, Text } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";
import { type Column, DataTable } from "../../../components/data-table.tsx";
import { formatCount } from "../../../components/format.ts";
import { Bytes } from "../../../components/numbers.tsx";
import { Time } from "../../../components/time.tsx";
import classes from "./capture-list.module.css";
import type { Selection } from "./selection.ts";

interface Row {
  readonly id: string;
  readonly object_path: string;
  readonly device_id: string | null;
  readonly series: string | null;
  readonly shot_type: string | null;
  readonly size_bytes: number;
  readonly captured_at: string;
}

/** Captures with what can be done with the selected ones above them. */
export function CaptureList<R extends Row>({
  caption,
  rows,
  columns,
  hrefOf,
  deviceNames,
  selection,
  actions,
}: {
  caption: string;
  rows: readonly R[];
  /** Beside what every capture has. */
  columns: readonly Column<R>[];
  hrefOf: (id: string) => string;
  deviceNames: ReadonlyMap<string, string>;
  /** Undefined: who looks may change nothing. */
  selection: Selection | undefined;
  actions?: ReactNode;
}) {
  return (
    <>
      {selection && (
        <Paper
          withBorder
          p="xs"
          mb="md"
          role="toolbar"
          aria-label="Selected captures"
          className={classes.toolbar}
        >
          <Group justify="space-between" gap="sm">
            <Checkbox
              label={`Select all ${formatCount(rows.length)} shown`}
              checked={selection.isAll}
              indeterminate={selection.selected.length > 0 && !selection.isAll}
              onChange={({ currentTarget }) => selection.setAll(currentTarget.checked)}
            />
            <Group gap="sm">
              <Text size="sm" fw={600} aria-live="polite">
                {formatCount(selection.selected.length)} selected
              </Text>
              {actions}
            </Group>
          </Group>
        </Paper>
      )}
      <DataTable
        caption={caption}
        minWidth={820}
        rows={rows}
        rowKey={({ id }) => id}
        columns={[
          ...(selection
            ? [
                {
                  head: "Select",
                  width: 70,
                  bare: true,
                  cell: ({ id, object_path }: R) => (
                    <Checkbox
                      aria-label={`Select ${object_path}`}
                      checked={selection.has(id)}
                      onChange={() => selection.toggle(id)}
                    />
                  ),
                },
              ]
            : []),
          {
            head: "Capture",
            bare: true,
            cell: ({ id, object_path, captured_at, ...row }) => (
              <Link href={hrefOf(id)} className={classes.capture}>
                <img src={`/api/thumbnails/${id}`} alt="" width={64} height={48} loading="lazy" />
                <span>
                  <Time at={captured_at} />
                  <Text span size="xs" c="dimmed" display="block" title={object_path}>
                    {[deviceNames.get(row.device_id ?? "") ?? row.device_id, row.series, row.shot_type]
                      .filter(Boolean)
                      .join(" · ")}
                  </Text>
                </span>
              </Link>
            ),
          },
          ...columns,
          { head: "Size", numeric: true, cell: ({ size_bytes }) => <Bytes value={size_bytes} /> },
        ]}
      />
    </>
  );
}
