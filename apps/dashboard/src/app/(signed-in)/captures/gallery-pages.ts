import type { CaptureChanges, CaptureTile } from "@pilab/storage-core";
import { type InfiniteData, replaceEqualDeep } from "@tanstack/react-query";
import type { CaptureFilter } from "../../../lib/capture-filter.ts";
import { isAhead } from "../../../lib/is-ahead.ts";

/** Where a page begins: after this capture; `newer`: it ends before it. */
export interface TilePlace {
  readonly capturedAt: string;
  readonly id: string;
  readonly newer?: true | undefined;
}

/** A page as the cache has it. */
export interface TilePage {
  readonly captures: CaptureTile[];
  /** Of the page of newer captures; null at the newest. */
  readonly previous: TilePlace | null;
  /** Of the page of older captures; null at the end. */
  readonly next: TilePlace | null;
  /** Since when {@link CaptureChanges} are to be asked for; of all pages the earliest counts. */
  readonly readAt: string;
}

/** The pages of a gallery that are kept, newest captures first: what lies around what is looked at. */
export type TilePages = InfiniteData<TilePage>;

/** Whether these are the newest that there are. */
export function isAtNewest({ pages }: TilePages): boolean {
  return pages[0]?.previous === null;
}

/** Taken so long before it arrived, a capture is of a backlog: it lies further down than a reader at the top sees. */
const LATE_MS = 10 * 60_000;
/** So many may a page that stays open at its top gather, and so many are kept then. */
const GATHERED = 1200;
const KEPT = 600;

/** What changed in the pages: what belongs among them and is not there, and what is there and went away. */
export function newsOf(
  pages: TilePages,
  filter: CaptureFilter,
  changes: CaptureChanges,
): { newer: CaptureTile[]; older: CaptureTile[]; gone: string[] } {
  const tiles = pages.pages.flatMap(({ captures }) => captures);
  const known = new Map(tiles.map((tile) => [tile.id, tile]));
  const top = tiles.find((tile) => !isAhead(tile));
  const isKept = keptBy(pages);
  const fresh = changes.arrived.filter((tile) => !known.has(tile.id) && isKept(tile));
  const isOld = (tile: CaptureTile) =>
    filter.state !== "trashed" &&
    top !== undefined &&
    inOrder(tile, top) > 0 &&
    Date.parse(tile.created_at) - Date.parse(tile.captured_at) > LATE_MS;
  return {
    newer: fresh.filter((tile) => !isOld(tile)),
    older: fresh.filter(isOld).toSorted(inOrder),
    gone: changes.gone.filter((id) => known.get(id)?.deleted_at === null),
  };
}

/** Whether a capture belongs among the pages that are kept; what lies beyond them comes with the next one. */
function keptBy(data: TilePages): (tile: CaptureTile) => boolean {
  const tiles = data.pages.flatMap(({ captures }) => captures);
  const [first, last] = [tiles[0], tiles.at(-1)];
  const isWhole = data.pages.at(-1)?.next === null || last === undefined;
  const isNewest = isAtNewest(data) || first === undefined;
  return (tile) => (isWhole || inOrder(tile, last) < 0) && (isNewest || inOrder(tile, first) > 0);
}

/** The pages with these captures, each at its place. */
export function withTiles(data: TilePages, tiles: readonly CaptureTile[]): TilePages {
  if (tiles.length === 0) return data;
  let rest = [...tiles];
  const pages = data.pages.map((page, index) => {
    const following = data.pages.slice(index + 1).find(({ captures }) => captures.length > 0)?.captures[0];
    const mine = rest.filter((tile) => following === undefined || inOrder(tile, following) < 0);
    rest = rest.filter((tile) => !mine.includes(tile));
    return mine.length === 0 ? page : { ...page, captures: [...page.captures, ...mine].toSorted(inOrder) };
  });
  return { ...data, pages };
}

/** The pages of who is at their top: what is far below is read again when it is scrolled to. */
export function cutAtTop(data: TilePages): TilePages {
  const [first] = data.pages;
  const tiles = data.pages.flatMap(({ captures }) => captures);
  const last = tiles[KEPT - 1];
  if (tiles.length <= GATHERED || !first || !last) return data;
  const next = { capturedAt: last.captured_at, id: last.id };
  return { pages: [{ ...first, captures: tiles.slice(0, KEPT), next }], pageParams: [null] };
}

/** A stretch of a gallery as it is now. */
export interface Reread {
  /** After which it begins; undefined: with the newest. */
  readonly after: CaptureTile | undefined;
  readonly captures: readonly CaptureTile[];
  /** Whether nothing older follows. */
  readonly isEnd: boolean;
}

/** The pages as a stretch of them is now: what others changed, took away and put back. What arrived is for {@link newsOf}. */
export function withReread(data: TilePages, { after, captures, isEnd }: Reread): TilePages {
  const fresh = new Map(captures.map((tile) => [tile.id, tile]));
  const last = captures.at(-1);
  const isRead = (tile: CaptureTile) =>
    (after === undefined || inOrder(tile, after) > 0) &&
    (isEnd || (last !== undefined && inOrder(tile, last) <= 0));
  const pages = data.pages.map((page) => {
    const now = page.captures
      .filter((tile) => fresh.has(tile.id) || !isRead(tile))
      .map((tile) => replaceEqualDeep(tile, fresh.get(tile.id) ?? tile));
    const isSame = now.length === page.captures.length && now.every((tile, at) => tile === page.captures[at]);
    return isSame ? page : { ...page, captures: now };
  });
  const known = new Set(data.pages.flatMap((page) => page.captures.map(({ id }) => id)));
  const isKept = keptBy(data);
  const sinceMs = Date.parse(sinceOf(data));
  const back = captures.filter(
    (tile) => !known.has(tile.id) && isKept(tile) && Date.parse(tile.created_at) <= sinceMs,
  );
  const isSame = back.length === 0 && pages.every((page, at) => page === data.pages[at]);
  return isSame ? data : withTiles({ ...data, pages }, back);
}

/** Since when {@link CaptureChanges} are to be asked for. */
export function sinceOf(data: TilePages | undefined): string {
  return data?.pages.map(({ readAt }) => readAt).toSorted()[0] ?? "";
}

/** The pages, when all that changed until then is in them. */
export function asOf(data: TilePages, readAt: string): TilePages {
  return { ...data, pages: data.pages.map((page) => (page.readAt < readAt ? { ...page, readAt } : page)) };
}

/** The pages after a change of some captures: as the change left them, and without those that the filter no longer has. */
export function withChange(
  data: TilePages,
  filter: CaptureFilter,
  { ids, fields }: { ids: ReadonlySet<string>; fields: Partial<CaptureTile> },
): TilePages {
  if (ids.size === 0) return data;
  const pages = data.pages.map((page) => {
    if (!page.captures.some(({ id }) => ids.has(id))) return page;
    const captures = page.captures
      .map((tile) => (ids.has(tile.id) ? { ...tile, ...fields } : tile))
      .filter((tile) => !ids.has(tile.id) || fits(tile, filter));
    return { ...page, captures };
  });
  return { ...data, pages };
}

/** Of what a change can change. */
function fits(tile: CaptureTile, { state = "live", pinned, series, shotType }: CaptureFilter): boolean {
  if (state !== "any" && (tile.deleted_at === null) !== (state === "live")) return false;
  if (pinned !== undefined && (tile.pinned_at !== null) !== pinned) return false;
  return (
    (series === undefined || tile.series === series) &&
    (shotType === undefined || tile.shot_type === shotType)
  );
}

/** Newest first, as the lists of the server. */
function inOrder(a: CaptureTile, b: CaptureTile): number {
  const byTime = Date.parse(b.captured_at) - Date.parse(a.captured_at);
  if (byTime !== 0) return byTime;
  // Microseconds, which Date does not know.
  if (a.captured_at !== b.captured_at) return a.captured_at > b.captured_at ? -1 : 1;
  return a.id > b.id ? -1 : a.id < b.id ? 1 : 0;
}
