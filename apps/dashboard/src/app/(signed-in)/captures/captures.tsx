"use client";
import { Button } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import type { CaptureTile, Overview } from "@pilab/storage-core";
import { IconArrowUp, IconHistory, IconPhotoOff, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo, useRef, useState } from "react";
import { ExportMenu } from "../../../components/export-menu.tsx";
import { formatCount } from "../../../components/format.ts";
import { PageHeader } from "../../../components/page-header.tsx";
import { EmptyState, ErrorState, Loading, StaleNote } from "../../../components/states.tsx";
import { useZone } from "../../../components/time.tsx";
import { isInstant } from "../../../lib/address-checks.ts";
import {
  type CaptureFilter,
  countOf,
  filterFromSearch,
  filterToSearch,
} from "../../../lib/capture-filter.ts";
import { later } from "../../../lib/later.ts";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { FilterBar, type FilterChoices } from "./filter-bar.tsx";
import classes from "./gallery.module.css";
import { Gallery } from "./gallery.tsx";
import { dayAt, endOfDay } from "./gallery-days.ts";
import { Timeline } from "./timeline.tsx";
import { useCapturePages } from "./use-capture-pages.ts";

// Their scripts come when a capture is opened, and when one is selected. `ssr: false`: else the page waits for them, hidden.
const CaptureDetail = dynamic(
  () => later(() => import("./capture-detail.tsx")).then(({ CaptureDetail }) => CaptureDetail),
  { ssr: false },
);
const SelectionBar = dynamic(
  () => later(() => import("./selection-bar.tsx")).then(({ SelectionBar }) => SelectionBar),
  { ssr: false },
);

/** Heights of what stays above the gallery: the head of the page, and the tools, of which a phone has the date alone. */
const [HEAD, DATE, PAD] = [56, 36, 10];

/** The page. */
export function Captures() {
  const { filter, setFilter, openId, setOpenId, at, setAt } = useAddress();
  const { timeZone } = useZone();
  const { gallery, place, seen, seenId, onSeen, leaveFor } = usePlace(filter, at);
  const pages = useCapturePages(filter, { at, seenId });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [revealed, setRevealed] = useState<string>();
  const trpc = useTRPC();
  const { data: choices } = useQuery(
    trpc.fleet.overview.queryOptions(undefined, { ...live("device_status"), select: choicesOf }),
  );
  const deviceNames = useMemo(() => new Map(choices?.devices.map(({ id, name }) => [id, name])), [choices]);

  // Once there it stays: it leaves in its own time.
  const [hasSelected, setHasSelected] = useState(false);
  if (selected.size > 0 && !hasSelected) setHasSelected(true);
  const selectNone = useCallback(() => setSelected(new Set()), []);
  const changeFilter = useCallback(
    (next: CaptureFilter) => {
      selectNone();
      setFilter(next);
    },
    [selectNone, setFilter],
  );
  // A gallery begins anew at each jump: what was kept of the same place may lie far from it by now.
  const [jump, setJump] = useState({ count: 0, isByKey: false });
  const jumpTo = (day: string | undefined, isByKey = false) => {
    const next = day === undefined ? undefined : endOfDay(day, timeZone);
    pages.forget(next);
    leaveFor(next, day);
    setJump(({ count }) => ({ count: count + 1, isByKey }));
    setAt(next);
  };
  const position = pages.tiles.findIndex(({ id }) => id === openId);

  const { ref: toolsRef, height: toolsHeight } = useElementSize();
  const isNothing = !pages.error && !pages.isLoading && pages.tiles.length === 0;

  return (
    <>
      <PageHeader
        title="Captures"
        description={
          filter.state === "trashed"
            ? "The trash: what is here can be restored until its grace ends"
            : undefined
        }
        actions={
          <>
            {pages.waiting && (
              <Button
                size="xs"
                variant="light"
                leftSection={
                  pages.waiting.kind === "new" ? <IconArrowUp size={16} /> : <IconHistory size={16} />
                }
                onClick={() => setRevealed(pages.showWaiting())}
              >
                {pages.waiting.kind === "new" ? "New captures" : olderWords(pages.waiting.count)}
              </Button>
            )}
            {filter.series !== undefined && (
              <Button
                component={Link}
                href={`/timelapse?${new URLSearchParams({ series: filter.series })}`}
                size="xs"
                variant="default"
                leftSection={<IconPlayerPlay size={16} />}
              >
                Play
              </Button>
            )}
            <ExportMenu kind="captures" fields={filterToSearch(filter)} size="xs" />
          </>
        }
      />
      <div ref={toolsRef} className={classes.tools}>
        <FilterBar filter={filter} onChange={changeFilter} choices={choices} />
        {!isNothing && (
          <Timeline
            filter={filter}
            seenDay={seen?.day}
            isNewest={!pages.hasNewer && at === undefined && seen?.isFirst !== false}
            onJump={jumpTo}
          />
        )}
      </div>
      {pages.stale && <StaleNote query={pages.stale} />}
      {pages.newerError && (
        <ErrorState
          title="Newer captures could not be loaded"
          error={pages.newerError}
          onRetry={pages.retryNewer}
        />
      )}
      {pages.error ? (
        <ErrorState error={pages.error} onRetry={pages.retry} />
      ) : pages.isLoading ? (
        <Loading rows={4} height={160} />
      ) : isNothing ? (
        <Nothing filtered={countOf(filter) > 0} onReset={() => changeFilter({})} />
      ) : (
        <Gallery
          key={`${gallery} ${jump.count}`}
          tiles={pages.tiles}
          deviceNames={deviceNames}
          selected={selected}
          onSelect={setSelected}
          onOpen={setOpenId}
          hasMore={pages.hasMore}
          onMore={pages.loadMore}
          hasNewer={pages.hasNewer}
          onNewer={pages.loadNewer}
          onNewest={() => jumpTo(undefined, true)}
          revealed={revealed}
          place={place ?? firstBefore(pages.tiles, at)}
          covered={HEAD + (toolsHeight > 0 ? toolsHeight + 2 * PAD : DATE + 2 * PAD)}
          focused={jump.isByKey && at === undefined}
          onSeen={onSeen}
        />
      )}
      {pages.moreError && (
        <ErrorState
          title="Older captures could not be loaded"
          error={pages.moreError}
          onRetry={pages.retryMore}
        />
      )}
      {hasSelected && (
        <SelectionBar selected={selected} onClear={selectNone} trash={filter.state === "trashed"} />
      )}
      {openId !== undefined && (
        <CaptureDetail
          id={openId}
          deviceNames={deviceNames}
          previous={pages.tiles[position - 1]?.id}
          next={position < 0 ? undefined : pages.tiles[position + 1]?.id}
          onOpen={setOpenId}
        />
      )}
    </>
  );
}

/** Of the time that was jumped to; where nothing is as old, the oldest. */
function firstBefore(tiles: readonly CaptureTile[], at: string | undefined): string | undefined {
  if (at === undefined) return undefined;
  const atMs = Date.parse(at);
  return (tiles.find(({ captured_at }) => Date.parse(captured_at) < atMs) ?? tiles.at(-1))?.id;
}

function olderWords(count: number): string {
  return `${count === 1 ? "An older capture" : `${formatCount(count)} older captures`} arrived: show`;
}

/** Of all that an overview holds, what changes seldom: the page is not drawn anew for the rest. */
function choicesOf({ devices, usage }: Overview): FilterChoices {
  return {
    devices: devices.map(({ id, name }) => ({ id, name })),
    series: usage.by_series.map(({ series }) => series),
    shotTypes: usage.by_shot_type.map(({ shot_type }) => shot_type),
  };
}

function Nothing({ filtered, onReset }: { filtered: boolean; onReset: () => void }) {
  if (!filtered) {
    return (
      <EmptyState icon={<IconPhotoOff size={28} />} title="No captures yet">
        They appear here by themselves as devices upload.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<IconPhotoOff size={28} />} title="No capture fits these filters">
      <Button variant="default" size="xs" mt="xs" onClick={onReset}>
        Show all captures
      </Button>
    </EmptyState>
  );
}

/** Where in each gallery a person was, so that the way back leads there. */
function usePlace(filter: CaptureFilter, at: string | undefined) {
  const { timeZone } = useZone();
  const nameOf = (at: string | undefined) => JSON.stringify([filter, at]);
  const gallery = nameOf(at);
  const places = useRef(new Map<string, string>());
  const seenId = useRef<string>(undefined);
  const [seen, setSeen] = useState<{ day: string; isFirst: boolean }>();
  const onSeen = useCallback(
    ({ id, captured_at }: CaptureTile, isFirst: boolean) => {
      seenId.current = id;
      places.current.set(gallery, id);
      const day = dayAt(captured_at, timeZone);
      setSeen((before) => (before?.day === day && before.isFirst === isFirst ? before : { day, isFirst }));
    },
    [gallery, timeZone],
  );
  /** Until something is seen there, the day that is meant stands for it. */
  const leaveFor = (at: string | undefined, day: string | undefined) => {
    places.current.delete(nameOf(at));
    setSeen(day === undefined ? undefined : { day, isFirst: false });
  };
  return { gallery, place: places.current.get(gallery), seen, seenId, onSeen, leaveFor };
}

/**
 * Filter, opened capture and the time that was jumped to stand in the address, so that a link shows the same. A jump can be gone
 * back from.
 */
function useAddress() {
  const search = useSearchParams();
  const path = usePathname();
  // What is opened does not change the filter.
  const asked = filterToSearch(filterFromSearch(new URLSearchParams(search))).toString();
  const filter = useMemo(() => filterFromSearch(new URLSearchParams(asked)), [asked]);
  const time = search.get("at");
  const hrefOf = useCallback((next: URLSearchParams) => `${path}${next.size > 0 ? `?${next}` : ""}`, [path]);
  const go = useCallback(
    (next: URLSearchParams) => window.history.replaceState(null, "", hrefOf(next)),
    [hrefOf],
  );
  const setFilter = useCallback((next: CaptureFilter) => go(filterToSearch(next, addressNow())), [go]);
  const setOpenId = useCallback((id: string | undefined) => go(withParameter("capture", id)), [go]);
  const setAt = useCallback(
    (at: string | undefined) => window.history.pushState(null, "", hrefOf(withParameter("at", at))),
    [hrefOf],
  );
  return {
    filter,
    setFilter,
    openId: search.get("capture") ?? undefined,
    setOpenId,
    at: time !== null && isInstant(time) ? time : undefined,
    setAt,
  };
}

function withParameter(name: string, value: string | undefined): URLSearchParams {
  const search = addressNow();
  if (value === undefined) search.delete(name);
  else search.set(name, value);
  return search;
}

const addressNow = () => new URLSearchParams(window.location.search);
