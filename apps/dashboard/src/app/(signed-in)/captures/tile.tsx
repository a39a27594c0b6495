"use client";
import { Checkbox } from "@mantine/core";
import type { CaptureTile } from "@pilab/storage-core";
import { IconPin, IconPlayerPlay } from "@tabler/icons-react";
import { memo } from "react";
import { formatTime } from "../../../components/format.ts";
import { Thumbnail } from "../../../components/thumbnail.tsx";
import { useZone } from "../../../components/time.tsx";
import classes from "./gallery.module.css";

/** One capture of the gallery. */
export const Tile = memo(function Tile({
  tile,
  index,
  deviceName,
  selected,
  focusable,
  onFocus,
  onSelect,
  onOpen,
}: {
  tile: CaptureTile;
  index: number;
  deviceName: string;
  selected: boolean;
  /** The one cell that Tab reaches. */
  focusable: boolean;
  onFocus: (id: string) => void;
  onSelect: (index: number, range: boolean) => void;
  onOpen: (id: string) => void;
}) {
  const { timeZone } = useZone();
  const time = formatTime(new Date(tile.captured_at), timeZone);
  const clock = time.slice(-8);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it listens to keys
    // biome-ignore lint/a11y/useSemanticElements: a cell of a grid
    <div
      role="gridcell"
      className={classes.tile}
      data-index={index}
      data-selected={selected || undefined}
      tabIndex={focusable ? 0 : -1}
      aria-selected={selected}
      aria-label={`${clock} ${deviceName}, ${time.slice(0, -10)}${tile.pinned_at ? ", pinned" : ""}`}
      onFocus={() => onFocus(tile.id)}
      onClick={(event) => (event.shiftKey ? onSelect(index, true) : onOpen(tile.id))}
    >
      <div className={classes.picture}>
        <Thumbnail id={tile.id} alt="" decoding="async" />
        {/* Keys reach it through the cell; a click on it selects and does not open. */}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: keeps the click of the box from the cell */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
        <span className={classes.check} onClick={(event) => event.stopPropagation()}>
          <Checkbox
            checked={selected}
            readOnly
            tabIndex={-1}
            aria-label={`Select the capture of ${time}`}
            onClick={(event) => onSelect(index, event.shiftKey)}
          />
        </span>
        {tile.pinned_at !== null && <IconPin className={classes.sign} size={18} aria-hidden />}
        {tile.content_type === "video/mp4" && (
          <IconPlayerPlay className={classes.sign} size={18} aria-hidden />
        )}
      </div>
      <div className={classes.caption}>
        <span className="tabular">{clock}</span> <span className={classes.device}>{deviceName}</span>
      </div>
    </div>
  );
});
