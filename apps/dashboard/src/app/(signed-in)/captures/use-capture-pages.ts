"use client";
import type { CaptureTile } from "@pilab/storage-core";
import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import type { CaptureFilter } from "../../../lib/capture-filter.ts";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { withNewer } from "./newer.ts";
import { PAGE_SIZE } from "./page-size.ts";

/** How many of the newest are looked at when something arrived. */
const NEWEST = 60;
/** In pixels: above this a reader is at the top, and what is new may push the rest down. */
const AT_TOP = 200;

/** The gallery's captures, page after page, and what arrived since the first page was read. */
export function useCapturePages(filter: CaptureFilter) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = trpc.captures.tiles.infiniteQueryOptions(
    { ...filter, limit: PAGE_SIZE },
    // A page is read once: what is new is put before the first, and changes are written into the pages.
    { getNextPageParam: ({ next }) => next ?? undefined, staleTime: Number.POSITIVE_INFINITY },
  );
  const query = useInfiniteQuery(options);
  const newest = useQuery(
    trpc.captures.tiles.queryOptions({ ...filter, limit: NEWEST }, live("capture_batches")),
  );

  const tiles = useMemo(() => query.data?.pages.flatMap(({ captures }) => captures) ?? [], [query.data]);
  // While it is asked for, what is known of the newest may be older than the pages: captures that were just moved away.
  const newer =
    newest.data && query.data && !newest.isFetching ? withNewer(tiles, newest.data.captures) : undefined;

  const { queryKey } = options;
  const showNewer = useCallback(() => {
    window.scrollTo({ top: 0 });
    if (newer === undefined || newer.length === 0) return;
    queryClient.setQueryData<InfiniteData<{ captures: CaptureTile[]; next: unknown }>>(queryKey, (data) => {
      // Nothing is asked for, so that a burst neither floods nor flickers: the newest are the first page now.
      if (newer === "gap") return newest.data && { pages: [newest.data], pageParams: [null] };
      const [first, ...rest] = data?.pages ?? [];
      if (!data || !first) return data;
      return { ...data, pages: [{ ...first, captures: [...newer, ...first.captures] }, ...rest] };
    });
  }, [newer, newest.data, queryClient, queryKey]);

  const hasNewer = newer === "gap" || (newer !== undefined && newer.length > 0);
  useEffect(() => {
    if (hasNewer && window.scrollY < AT_TOP) showNewer();
  }, [hasNewer, showNewer]);

  return {
    tiles,
    hasNewer,
    showNewer,
    isLoading: query.isLoading,
    error: query.data === undefined ? query.error : null,
    /** The newest could not be asked for: what is shown is as old as their last answer. */
    stale: newest.isError && query.data !== undefined ? newest : undefined,
    // A page that failed is asked for again by a person, or when the server is back: not in a circle.
    hasMore: query.hasNextPage && !query.isFetchNextPageError,
    moreError: query.isFetchNextPageError ? query.error : null,
    loadMore: () => {
      if (!query.isFetchingNextPage) void query.fetchNextPage();
    },
    retryMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}
