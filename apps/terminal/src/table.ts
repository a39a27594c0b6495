import { fit, type Line, line, type Screen, type Tone, tone, widthOf } from "./line.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** What a row shows, and how. */
  cell(row: Row): string | readonly [Tone, string];
  /** Columns of the terminal that it takes at most. */
  readonly width: number;
  /** As many it keeps when room is short: what follows is cut. Default: all that its words need. */
  readonly min?: number;
  /** It takes what room is left. */
  readonly grows?: boolean;
  readonly right?: boolean;
  /** Left out first where there is no room: the highest number. */
  readonly rank: number;
}

const GAP = 2;

/** Rows under a line of titles, in the columns that fit. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], screen: Screen): Line[] {
  const shown = columnsThatFit(rows, columns, screen.width);
  const lineOf = (text: (column: Column<Row>) => readonly [Tone, string]): Line =>
    line(
      ...shown.flatMap(({ column, width }, at) => {
        const [name, words] = text(column);
        const options = { unicode: screen.unicode, right: column.right ?? false };
        return [...(at === 0 ? [] : [" ".repeat(GAP)]), tone(name, fit(words, width, options))];
      }),
    );
  return [
    lineOf(({ title }) => ["dim", title]),
    ...rows.map((row) =>
      lineOf((column) => {
        const cell = column.cell(row);
        return typeof cell === "string" ? ["plain", cell] : cell;
      }),
    ),
  ];
}

function columnsThatFit<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number) {
  const shown = columns.map((column) => {
    const needed = neededWidth(rows, column);
    return { column, width: needed, least: Math.min(needed, column.min ?? needed) };
  });
  const sum = (of: (entry: (typeof shown)[number]) => number) =>
    shown.reduce((total, entry) => total + of(entry) + GAP, -GAP);
  while (shown.length > 1 && sum(({ least }) => least) > width) {
    const last = shown.reduce((a, b) => (b.column.rank > a.column.rank ? b : a));
    shown.splice(shown.indexOf(last), 1);
  }
  for (const entry of shown) {
    const excess = sum((other) => other.width) - width;
    if (excess > 0) entry.width = Math.max(entry.least, entry.width - excess);
  }
  const growing = shown.find(({ column }) => column.grows);
  if (growing) growing.width = Math.max(1, growing.width + width - sum((entry) => entry.width));
  return shown;
}

function neededWidth<Row>(rows: readonly Row[], { title, cell, width }: Column<Row>): number {
  const words = rows.map((row) => {
    const found = cell(row);
    return widthOf(typeof found === "string" ? found : found[1]);
  });
  return Math.min(width, Math.max(widthOf(title), ...words));
}
