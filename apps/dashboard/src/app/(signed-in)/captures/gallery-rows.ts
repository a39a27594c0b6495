import { dayIn } from "../../../lib/zoned.ts";
import { dayAt, startOfDay } from "./gallery-days.ts";

/** A row of the gallery: the name of a day, or captures of it beside each other. */
export type GalleryRow =
  | { readonly kind: "day"; readonly label: string }
  /** `start`: the index of the first of them among all captures. */
  | { readonly kind: "tiles"; readonly start: number; readonly count: number };

const NONE: ReadonlySet<string> = new Set();

/**
 * Lays captures, newest first, into rows of so many columns, a new one at each new day of the zone.
 *
 * `begun`: ids that began a row before. Of a day that grows at its newer end, such rows stay what they are.
 */
export function galleryRows(
  tiles: readonly { id: string; captured_at: string }[],
  { columns, timeZone, begun = NONE }: { columns: number; timeZone: string; begun?: ReadonlySet<string> },
): GalleryRow[] {
  const rows: GalleryRow[] = [];
  let dayStartMs = Number.POSITIVE_INFINITY;
  let start = 0;
  let count = 0;
  let room = columns;
  const flush = () => {
    if (count > 0) rows.push({ kind: "tiles", start, count });
    start += count;
    count = 0;
    room = columns;
  };
  for (const [index, { captured_at }] of tiles.entries()) {
    // The zone is asked once a day: asked for each capture, it takes as long as all the rest.
    if (Date.parse(captured_at) < dayStartMs) {
      flush();
      rows.push({ kind: "day", label: dayIn(captured_at, timeZone) });
      dayStartMs = startOfDay(dayAt(captured_at, timeZone), timeZone);
      room = ahead(tiles, index, { dayStartMs, begun }) % columns || columns;
    }
    count += 1;
    if (count === room) flush();
  }
  flush();
  return rows;
}

/** How many of a day come before the first of it that began a row. */
function ahead(
  tiles: readonly { id: string; captured_at: string }[],
  from: number,
  { dayStartMs, begun }: { dayStartMs: number; begun: ReadonlySet<string> },
): number {
  if (begun.size === 0) return 0;
  for (let index = from; index < tiles.length; index += 1) {
    const { id, captured_at } = tiles[index] as (typeof tiles)[number];
    if (Date.parse(captured_at) < dayStartMs) break;
    if (begun.has(id)) return index - from;
  }
  return 0;
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
