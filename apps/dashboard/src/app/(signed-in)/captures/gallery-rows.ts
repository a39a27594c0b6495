import { dayIn, fromLocal, toLocal } from "../../../lib/zoned.ts";

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
  let dayStartMs = Number.POSITIVE_INFINITY;
  let start = 0;
  let count = 0;
  const flush = () => {
    if (count > 0) rows.push({ kind: "tiles", start, count });
    start += count;
    count = 0;
  };
  for (const { captured_at } of tiles) {
    // The zone is asked once a day: asked for each of 20,000 captures, it takes as long as all the rest.
    if (Date.parse(captured_at) < dayStartMs) {
      flush();
      rows.push({ kind: "day", label: dayIn(captured_at, timeZone) });
      dayStartMs = startOfDay(captured_at, timeZone);
    }
    count += 1;
    if (count === columns) flush();
  }
  flush();
  return rows;
}

const HOUR_MS = 3_600_000;

function startOfDay(instant: string, timeZone: string): number {
  const day = toLocal(instant, timeZone).slice(0, 10);
  const midnight = fromLocal(`${day}T00:00`, timeZone) ?? instant;
  // Where clocks are put forward at midnight, there is none that day.
  const isThere = toLocal(midnight, timeZone).startsWith(day);
  return Date.parse(midnight) + (isThere ? 0 : HOUR_MS);
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
