import { csvLine } from "@pilab/storage-core";
import type { ExportFormat } from "../../lib/export-kinds.ts";

/** One row of a file, its fields in the order of the columns. */
export type ExportRow = Readonly<Record<string, unknown>>;

/** Rows as the text of a file, a row at a time. */
export async function* textOf(
  format: ExportFormat,
  columns: readonly string[],
  rows: AsyncIterable<ExportRow>,
): AsyncGenerator<string> {
  if (format === "csv") {
    yield `${columns.join(",")}\r\n`;
    for await (const row of rows) yield csvLine(columns.map((column) => row[column]));
  } else if (format === "jsonl") {
    for await (const row of rows) yield `${JSON.stringify(pick(row, columns))}\n`;
  } else {
    let before = "[\n";
    for await (const row of rows) {
      yield before + JSON.stringify(pick(row, columns));
      before = ",\n";
    }
    yield before === "[\n" ? "[]\n" : "\n]\n";
  }
}

function pick(row: ExportRow, columns: readonly string[]): ExportRow {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}

/** A time of the database as ISO 8601 in UTC, ending in Z, with the microseconds that it came with. */
export function utc(time: string | null): string | null {
  if (time === null) return null;
  return time.endsWith("+00:00") ? `${time.slice(0, -6)}Z` : new Date(time).toISOString();
}
