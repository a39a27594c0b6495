"use client";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import type { CaptureTile } from "@pilab/storage-core";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type Dispatch,
  type KeyboardEvent,
  type SetStateAction,
  useCallback,
  useDeferredValue,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useZone } from "../../../components/time.tsx";
import { isBelowTop } from "./below-top.ts";
import classes from "./gallery.module.css";
import { galleryRows, moveFocus } from "./gallery-rows.ts";
import { Tile } from "./tile.tsx";

const TILE_MIN_WIDTH = 168;
const GAP = 8;
const DAY_HEIGHT = 44;
const CAPTION_HEIGHT = 26;
/** Rows from either end at which the next page is asked for. */
const AHEAD = 6;

/**
 * Captures by day. Only the rows near the screen exist in the page. One of them has the focus: arrows move it, Enter opens,
 * Space selects, Shift with either selects all in between, Escape lets go. What is looked at stays where it is when pages come or
 * go above it.
 */
export function Gallery({
  tiles,
  deviceNames,
  selected,
  onSelect,
  onOpen,
  hasMore,
  onMore,
  hasNewer,
  onNewer,
  onNewest,
  revealed,
  place,
  focused,
  covered,
  onSeen,
}: {
  tiles: readonly CaptureTile[];
  deviceNames: ReadonlyMap<string, string>;
  selected: ReadonlySet<string>;
  onSelect: Dispatch<SetStateAction<ReadonlySet<string>>>;
  onOpen: (id: string) => void;
  hasMore: boolean;
  onMore: () => void;
  /** Whether there are newer ones than the first. */
  hasNewer: boolean;
  onNewer: () => void;
  /** Home, when the newest is not among the tiles. */
  onNewest: () => void;
  /** Is brought into view and gets the focus when it changes. */
  revealed: string | undefined;
  /** The capture to begin with at the top of the screen. */
  place: string | undefined;
  /** Whether the first capture takes the focus as it comes. */
  focused: boolean;
  /** What stays on the screen above the rows, in pixels. */
  covered: number;
  /** Told of the capture at the top of the screen, and whether it is the first of all tiles. */
  onSeen: (tile: CaptureTile, isFirst: boolean) => void;
}) {
  const { timeZone } = useZone();
  const { ref: sizeRef, width: measured } = useElementSize();
  // Tiles for a new width are drawn bit by bit, between what a person does.
  const width = useDeferredValue(measured);
  const listRef = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sizeRef, listRef);
  const columns = Math.max(2, Math.floor((width + GAP) / (TILE_MIN_WIDTH + GAP)));
  const tileHeight = ((width - GAP * (columns - 1)) / columns) * 0.75 + CAPTION_HEIGHT + GAP;
  const hadNewer = useRef(hasNewer);
  const begun = useRef<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => {
    const grows = hasNewer || hadNewer.current;
    return galleryRows(tiles, { columns, timeZone, ...(grows && { begun: begun.current }) });
  }, [tiles, columns, timeZone, hasNewer]);
  const [focusId, setFocusId] = useState<string>();
  const lastFocus = useRef(0);
  const focusAt = useMemo(() => tiles.findIndex(({ id }) => id === focusId), [tiles, focusId]);
  const focus = focusAt >= 0 ? focusAt : Math.min(lastFocus.current, tiles.length - 1);
  const anchorId = useRef<string>(undefined);
  const wantsFocus = useRef(focused);
  const isPlaced = useRef(false);

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (row) => (rows[row]?.kind === "day" ? DAY_HEIGHT : tileHeight),
    overscan: 4,
    scrollMargin: listRef.current?.offsetTop ?? 0,
    scrollPaddingStart: covered,
    // At the very top, what is new pushes the rest down.
    anchorTo: hadNewer.current || isBelowTop() ? "end" : "start",
    getItemKey: (row) => {
      const at = rows[row];
      return at?.kind === "tiles" ? (tiles[at.start]?.id ?? row) : `day ${at?.label}`;
    },
  });
  const items = virtualizer.getVirtualItems();
  const firstShown = items[0]?.index ?? 0;
  const lastShown = items.at(-1)?.index ?? 0;

  // The sizes follow from the width: another width, other sizes.
  useLayoutEffect(() => virtualizer.measure(), [tileHeight, rows]);
  useEffect(() => {
    hadNewer.current = hasNewer;
    begun.current = new Set(rows.map((row) => (row.kind === "tiles" ? (tiles[row.start]?.id ?? "") : "")));
  }, [rows, tiles, hasNewer]);
  useEffect(() => {
    lastFocus.current = focus;
  }, [focus]);
  useEffect(() => {
    if (hasMore && lastShown >= rows.length - AHEAD) onMore();
    else if (hasNewer && isPlaced.current && firstShown < AHEAD) onNewer();
  });
  useEffect(() => {
    if (!wantsFocus.current) return;
    const tile = listRef.current?.querySelector<HTMLElement>(`[data-index="${focus}"]`);
    if (!tile) return;
    wantsFocus.current = false;
    tile.focus({ preventScroll: true });
  });

  const scrollTo = (index: number, align: "auto" | "start") =>
    virtualizer.scrollToIndex(
      rows.findIndex((at) => at.kind === "tiles" && index >= at.start && index < at.start + at.count),
      { align },
    );
  const goTo = (index: number) => {
    setFocusId(tiles[index]?.id);
    wantsFocus.current = true;
    scrollTo(index, "auto");
  };

  useEffect(() => {
    const index = tiles.findIndex(({ id }) => id === revealed);
    if (index >= 0) goTo(index);
  }, [revealed]);

  // Where a jump or the way back leads: as soon as the rows have their heights.
  useLayoutEffect(() => {
    if (isPlaced.current || width === 0) return;
    isPlaced.current = true;
    const index = tiles.findIndex(({ id }) => id === place);
    if (index > 0) scrollTo(index, "start");
    else if (hasNewer || isBelowTop()) virtualizer.scrollToIndex(0, { align: "start" });
  });

  const topOf = virtualizer.scrollOffset ?? 0;
  const top =
    items.find(({ index, end }) => end - GAP > topOf + covered && rows[index]?.kind === "tiles")?.index ?? -1;
  const topRow = rows[top];
  const seen = topRow?.kind === "tiles" ? tiles[topRow.start] : undefined;
  const isFirst = seen === tiles[0];
  useEffect(() => {
    if (seen && isPlaced.current) onSeen(seen, isFirst);
  }, [seen, isFirst, width, onSeen]);

  // The same for all selections, so that of a hundred tiles the one that changes is drawn.
  const select = useCallback(
    (index: number, range: boolean) => {
      const id = tiles[index]?.id;
      if (id === undefined) return;
      const begin = tiles.findIndex((tile) => tile.id === anchorId.current);
      // A beginning that is no longer kept is none: what lies between is not known.
      const isRange = range && (begin >= 0 || anchorId.current === undefined);
      const [from, to] = [Math.min(Math.max(0, begin), index), Math.max(begin, index)];
      if (!isRange) anchorId.current = id;
      onSelect((before) => {
        const next = new Set(before);
        if (isRange) for (const tile of tiles.slice(from, to + 1)) next.add(tile.id);
        else if (!next.delete(id)) next.add(id);
        return next;
      });
    },
    [tiles, onSelect],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const id = tiles[focus]?.id;
    const target = moveFocus(rows, focus, event.key);
    if (event.key === "Home" && hasNewer) onNewest();
    else if (target !== undefined) {
      goTo(target);
      if (event.shiftKey) select(target, true);
    } else if (event.key === "Enter" && id !== undefined) onOpen(id);
    else if (event.key === " ") select(focus, event.shiftKey);
    else if (event.key === "Escape" && selected.size > 0) onSelect(new Set());
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot be laid out in virtual rows
    <div
      ref={ref}
      role="grid"
      aria-label="Captures, newest first"
      aria-multiselectable="true"
      aria-rowcount={hasMore || hasNewer ? -1 : rows.length}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className={classes.grid}
      style={{ height: virtualizer.getTotalSize() }}
    >
      {width > 0 &&
        items.map(({ index, key, start }) => {
          const row = rows[index];
          if (!row) return null;
          return (
            // biome-ignore lint/a11y/useSemanticElements: as above
            // biome-ignore lint/a11y/useFocusableInteractive: the cells take the focus
            <div
              key={key}
              role="row"
              aria-rowindex={index + 1}
              className={classes.row}
              style={{
                transform: `translateY(${start - virtualizer.options.scrollMargin}px)`,
                gridTemplateColumns: row.kind === "day" ? "1fr" : `repeat(${columns}, 1fr)`,
              }}
            >
              {row.kind === "day" ? (
                <Day label={row.label} />
              ) : (
                tiles
                  .slice(row.start, row.start + row.count)
                  .map((tile, offset) => (
                    <Tile
                      key={tile.id}
                      tile={tile}
                      index={row.start + offset}
                      deviceName={deviceNames.get(tile.device_id) ?? ""}
                      selected={selected.has(tile.id)}
                      focusable={row.start + offset === focus}
                      onFocus={setFocusId}
                      onSelect={select}
                      onOpen={onOpen}
                    />
                  ))
              )}
            </div>
          );
        })}
    </div>
  );
}

function Day({ label }: { label: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as above
    // biome-ignore lint/a11y/useFocusableInteractive: nothing can be done with it
    <span role="rowheader" className={classes.day}>
      {label}
    </span>
  );
}
