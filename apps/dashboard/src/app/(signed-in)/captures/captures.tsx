"use client";
import { Button } from "@mantine/core";
import type { Overview } from "@pilab/storage-core";
import { IconArrowUp, IconHistory, IconPhotoOff, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo, useState } from "react";
import { ExportMenu } from "../../../components/export-menu.tsx";
import { formatCount } from "../../../components/format.ts";
import { PageHeader } from "../../../components/page-header.tsx";
import { EmptyState, ErrorState, Loading, StaleNote } from "../../../components/states.tsx";
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
import { Gallery } from "./gallery.tsx";
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

/** The page. */
export function Captures() {
  const { filter, setFilter, openId, setOpenId } = useAddress();
  const pages = useCapturePages(filter);
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
  const position = pages.tiles.findIndex(({ id }) => id === openId);

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
      <FilterBar filter={filter} onChange={changeFilter} choices={choices} />
      {pages.stale && <StaleNote query={pages.stale} />}
      {pages.error ? (
        <ErrorState error={pages.error} onRetry={pages.retry} />
      ) : pages.isLoading ? (
        <Loading rows={4} height={160} />
      ) : pages.tiles.length === 0 ? (
        <Nothing filtered={countOf(filter) > 0} onReset={() => changeFilter({})} />
      ) : (
        <Gallery
          tiles={pages.tiles}
          deviceNames={deviceNames}
          selected={selected}
          onSelect={setSelected}
          onOpen={setOpenId}
          hasMore={pages.hasMore}
          onMore={pages.loadMore}
          revealed={revealed}
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

/** Filter and opened capture stand in the address, so that a link shows the same. */
function useAddress() {
  const search = useSearchParams();
  const path = usePathname();
  const filter = useMemo(() => filterFromSearch(new URLSearchParams(search)), [search]);
  const go = useCallback(
    (next: URLSearchParams) =>
      window.history.replaceState(null, "", `${path}${next.size > 0 ? `?${next}` : ""}`),
    [path],
  );
  const setFilter = useCallback((next: CaptureFilter) => go(filterToSearch(next, addressNow())), [go]);
  const setOpenId = useCallback(
    (id: string | undefined) => {
      const next = addressNow();
      if (id === undefined) next.delete("capture");
      else next.set("capture", id);
      go(next);
    },
    [go],
  );
  return { filter, setFilter, openId: search.get("capture") ?? undefined, setOpenId };
}

const addressNow = () => new URLSearchParams(window.location.search);
