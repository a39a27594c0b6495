"use client";
import { Table, type TableProps } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./data-table.module.css";

/** One column of a {@link DataTable}. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand to the right, under each other. */
  readonly numeric?: boolean;
  readonly width?: number | string;
  /** On a phone it says by itself what it is, and stands without its head beside others of its kind. */
  readonly bare?: boolean;
}

/** Fits on a phone as it is. */
const NARROW = 320;

/** A table, whose rows are cards on a phone. The roles are said, as a row that is no `table-row` any more has lost its own. */
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
  /** In pixels; where there is less it scrolls, or its rows are cards. */
  minWidth?: number;
}) {
  return (
    <Table.ScrollContainer minWidth={minWidth} type="native" className={classes.container}>
      <Table
        verticalSpacing="xs"
        {...table}
        role="table"
        aria-label={caption}
        className={minWidth > NARROW ? classes.cards : undefined}
      >
        <Table.Thead role="rowgroup">
          <Table.Tr role="row">
            {columns.map(({ head, numeric, width }) => (
              <Table.Th
                key={head}
                w={width}
                role="columnheader"
                scope="col"
                className={numeric ? classes.numeric : undefined}
              >
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody role="rowgroup">
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)} role="row" className={classes.row}>
              {columns.map(({ head, cell, numeric, bare }) => (
                <Table.Td
                  key={head}
                  role="cell"
                  data-head={head}
                  className={[classes.cell, numeric && `${classes.numeric} tabular`, bare && classes.bare]
                    .filter(Boolean)
                    .join(" ")}
                >
                  <div>{cell(row)}</div>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
