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
  useMemo,
  useRef,
  useState,
} from "react";
import { useZone } from "../../../components/time.tsx";
import classes from "./gallery.module.css";
import { galleryRows, moveFocus } from "./gallery-rows.ts";
import { Tile } from "./tile.tsx";

const TILE_MIN_WIDTH = 168;
const GAP = 8;
const DAY_HEIGHT = 44;
const CAPTION_HEIGHT = 26;
/** Rows from the end at which the next page is asked for. */
const AHEAD = 6;

/**
 * Captures by day. Only the rows near the screen exist in the page. One of them has the focus: arrows move it, Enter opens,
 * Space selects, Shift with either selects all in between, Escape lets go.
 */
export function Gallery({
  tiles,
  deviceNames,
  selected,
  onSelect,
  onOpen,
  hasMore,
  onMore,
  revealed,
}: {
  tiles: readonly CaptureTile[];
  deviceNames: ReadonlyMap<string, string>;
  selected: ReadonlySet<string>;
  onSelect: Dispatch<SetStateAction<ReadonlySet<string>>>;
  onOpen: (id: string) => void;
  hasMore: boolean;
  onMore: () => void;
  /** Is brought into view and gets the focus when it changes. */
  revealed: string | undefined;
}) {
  const { timeZone } = useZone();
  const { ref: sizeRef, width: measured } = useElementSize();
  // Tiles for a new width are drawn bit by bit, between what a person does.
  const width = useDeferredValue(measured);
  const listRef = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sizeRef, listRef);
  const columns = Math.max(2, Math.floor((width + GAP) / (TILE_MIN_WIDTH + GAP)));
  const tileHeight = ((width - GAP * (columns - 1)) / columns) * 0.75 + CAPTION_HEIGHT + GAP;
  const rows = useMemo(() => galleryRows(tiles, { columns, timeZone }), [tiles, columns, timeZone]);
  const [focus, setFocus] = useState(0);
  const anchor = useRef(0);
  const wantsFocus = useRef(false);

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (row) => (rows[row]?.kind === "day" ? DAY_HEIGHT : tileHeight),
    overscan: 4,
    scrollMargin: listRef.current?.offsetTop ?? 0,
    getItemKey: (row) => {
      const at = rows[row];
      return at?.kind === "tiles" ? (tiles[at.start]?.id ?? row) : `day ${at?.label}`;
    },
  });
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;

  // The sizes follow from the width: another width, other sizes.
  useEffect(() => virtualizer.measure(), [tileHeight, rows]);
  useEffect(() => {
    if (hasMore && lastShown >= rows.length - AHEAD) onMore();
  }, [hasMore, lastShown, rows.length, onMore]);
  useEffect(() => {
    if (!wantsFocus.current) return;
    const tile = listRef.current?.querySelector<HTMLElement>(`[data-index="${focus}"]`);
    if (!tile) return;
    wantsFocus.current = false;
    tile.focus({ preventScroll: true });
  });

  const goTo = (index: number) => {
    setFocus(index);
    wantsFocus.current = true;
    const row = rows.findIndex(
      (at) => at.kind === "tiles" && index >= at.start && index < at.start + at.count,
    );
    virtualizer.scrollToIndex(row, { align: "auto" });
  };

  useEffect(() => {
    const index = tiles.findIndex(({ id }) => id === revealed);
    if (index >= 0) goTo(index);
  }, [revealed]);

  // The same for all selections, so that of a hundred tiles the one that changes is drawn.
  const select = useCallback(
    (index: number, range: boolean) => {
      const id = tiles[index]?.id;
      if (id === undefined) return;
      const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
      if (!range) anchor.current = index;
      onSelect((before) => {
        const next = new Set(before);
        if (range) for (const tile of tiles.slice(from, to + 1)) next.add(tile.id);
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
    if (target !== undefined) {
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
      aria-rowcount={hasMore ? -1 : rows.length}
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
                      focusable={row.start + offset === Math.min(focus, tiles.length - 1)}
                      onFocus={setFocus}
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
