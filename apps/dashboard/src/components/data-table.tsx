"use client";
import { Table, type TableProps } from "@mantine/core";
import type { ReactNode } from "react";

/** One column of a {@link DataTable}. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand to the right, under each other. */
  readonly numeric?: boolean;
  readonly width?: number | string;
}

/** A table that scrolls sideways on a phone instead of breaking the page. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  minWidth = 560,
  ...table
}: Pick<TableProps, "striped" | "highlightOnHover" | "verticalSpacing"> & {
  /** What the table holds; heard by readers of the screen, not shown. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  /** In pixels; below it the table scrolls. */
  minWidth?: number;
}) {
  return (
    <Table.ScrollContainer minWidth={minWidth} type="native">
      <Table verticalSpacing="xs" {...table} aria-label={caption}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ head, numeric, width }) => (
              <Table.Th key={head} w={width} ta={numeric ? "right" : undefined} scope="col">
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)}>
              {columns.map(({ head, cell, numeric }) => (
                <Table.Td
                  key={head}
                  ta={numeric ? "right" : undefined}
                  className={numeric ? "tabular" : undefined}
                  style={numeric ? { whiteSpace: "nowrap" } : undefined}
                >
                  {cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
