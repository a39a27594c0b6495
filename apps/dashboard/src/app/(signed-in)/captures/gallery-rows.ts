import { dayIn } from "../../../lib/zoned.ts";

/** A row of the gallery: the name of a day, or captures of it beside each other. */
export type GalleryRow =
  | { readonly kind: "day"; readonly label: string }
  /** `start`: the index of the first of them among all captures. */
  | { readonly kind: "tiles"; readonly start: number; readonly count: number };

/** Lays captures, newest first, into rows of so many columns, a new one at each new day of the zone. */
export function galleryRows(
  tiles: readonly { captured_at: string }[],
  { columns, timeZone }: { columns: number; timeZone: string },
): GalleryRow[] {
  const rows: GalleryRow[] = [];
  const format = dayFormat(timeZone);
  let day: string | undefined;
  let start = 0;
  let count = 0;
  const flush = () => {
    if (count > 0) rows.push({ kind: "tiles", start, count });
    start += count;
    count = 0;
  };
  for (const { captured_at } of tiles) {
    const next = format(captured_at);
    if (next !== day) {
      flush();
      rows.push({ kind: "day", label: dayIn(captured_at, timeZone) });
      day = next;
    }
    count += 1;
    if (count === columns) flush();
  }
  flush();
  return rows;
}

/** One formatter for all: making one costs more than a hundred uses. */
function dayFormat(timeZone: string): (instant: string) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone });
  return (instant) => format.format(new Date(instant));
}

/** Where the focus goes from one capture by a key, in a gallery whose rows are not all of one length. */
export function moveFocus(rows: readonly GalleryRow[], index: number, key: string): number | undefined {
  const lines = rows.filter((row) => row.kind === "tiles");
  const line = lines.findIndex(({ start, count }) => index >= start && index < start + count);
  const here = lines[line];
  const last = lines.at(-1);
  if (here === undefined || last === undefined) return undefined;
  const column = index - here.start;
  const into = (to: (typeof lines)[number] | undefined) =>
    to === undefined ? index : to.start + Math.min(column, to.count - 1);
  switch (key) {
    case "ArrowRight":
      return Math.min(index + 1, last.start + last.count - 1);
    case "ArrowLeft":
      return Math.max(index - 1, 0);
    case "ArrowDown":
      return into(lines[line + 1]);
    case "ArrowUp":
      return into(lines[line - 1]);
    case "PageDown":
      return into(lines[Math.min(line + 4, lines.length - 1)]);
    case "PageUp":
      return into(lines[Math.max(line - 4, 0)]);
    case "Home":
      return 0;
    case "End":
      return last.start + last.count - 1;
    default:
      return undefined;
  }
}
