"use client";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { CaptureFilter } from "../../../lib/capture-filter.ts";
import { live } from "../../../lib/live-meta.ts";
import { PAGES } from "../../../lib/pages.ts";
import { useTRPC, useTRPCClient } from "../../../lib/trpc.ts";
import { cutAtTop, newsOf, type TilePages, withChange, withTiles } from "./gallery-pages.ts";
import { PAGE_SIZE } from "./page-size.ts";

/** More changes than this and the newest are read anew. */
const CHANGES = 200;
/** In pixels: above this a reader is at the top, and what is new may push the rest down. */
const AT_TOP = 200;

/** What waits to be shown: new captures, or so many of a backlog. */
export type Waiting = { readonly kind: "new" } | { readonly kind: "older"; readonly count: number };

/** The gallery's captures, page after page, and what arrived since the first page was read. */
export function useCapturePages(filter: CaptureFilter) {
  const trpc = useTRPC();
  const options = useMemo(
    () =>
      trpc.captures.tiles.infiniteQueryOptions(
        { ...filter, limit: PAGE_SIZE },
        // A page is read once: what arrives, what goes and what is changed is written into the pages.
        { ...PAGES, staleTime: Number.POSITIVE_INFINITY, structuralSharing: false },
      ),
    [trpc, filter],
  );
  const query = useInfiniteQuery(options);
  const { news, waiting, showWaiting } = useNews(filter, options.queryKey, query);
  const tiles = useMemo(() => query.data?.pages.flatMap(({ captures }) => captures) ?? [], [query.data]);

  return {
    tiles,
    waiting,
    showWaiting,
    isLoading: query.isLoading,
    error: query.data === undefined ? query.error : null,
    /** What changed could not be asked for: what is shown is as old as the last answer. */
    stale: news.isError && query.data !== undefined ? news : undefined,
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

const NOTHING = { newer: [], older: [], gone: [] };

/**
 * Asks what changed in the pages, and writes it into them: at once, but for what would take the place from under a reader, or
 * would lie where nobody at the top sees it. That waits to be asked for.
 */
function useNews(
  filter: CaptureFilter,
  pagesKey: readonly unknown[],
  { data: pages, isFetching }: { data: TilePages | undefined; isFetching: boolean },
) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const news = useQuery({
    // Without the moment since when: an event that comes as it moves on must find the question.
    queryKey: [...trpc.captures.changes.queryKey(), filter],
    queryFn: async ({ signal }) => {
      const sinceNow = () => sinceOf(queryClient.getQueryData<TilePages>(pagesKey));
      for (;;) {
        const since = sinceNow();
        const answer = await client.captures.changes.query({ ...filter, limit: CHANGES, since }, { signal });
        if (since === sinceNow()) return { ...answer, since };
      }
    },
    enabled: pages !== undefined,
    ...live("capture_batches", "retention_runs"),
  });
  // What was found since another moment is in the pages already.
  const changes = news.data?.since === sinceOf(pages) ? news.data : undefined;
  const found = useMemo(
    () => (pages && changes ? newsOf(pages, filter, changes) : NOTHING),
    [pages, filter, changes],
  );

  /** `readAt`: all that changed until then is in it. */
  const write = useCallback(
    (next: TilePages, readAt = sinceOf(next)) => {
      const [first, ...rest] = next.pages;
      if (first) queryClient.setQueryData(pagesKey, { ...next, pages: [{ ...first, readAt }, ...rest] });
    },
    [queryClient, pagesKey],
  );

  const isReading = useRef(false);
  const readAnew = useCallback(async () => {
    if (isReading.current) return;
    isReading.current = true;
    try {
      const first = await client.captures.tiles.query({ ...filter, limit: PAGE_SIZE });
      write({ pages: [first], pageParams: [null] });
    } catch {
      // The next change leads here again; that the server is away is seen by the query of changes.
    } finally {
      isReading.current = false;
    }
  }, [client, filter, write]);

  useEffect(() => {
    // What is on its way may say otherwise: a capture was just moved away; a page that comes would overwrite what is written.
    if (!pages || !changes || isFetching || news.isFetching) return;
    const atTop = window.scrollY < AT_TOP;
    if (changes.overflow) {
      if (atTop) void readAnew();
      return;
    }
    const { newer, older, gone } = found;
    const trashed = { ids: new Set(gone), fields: { deleted_at: changes.readAt } };
    const next = withTiles(withChange(pages, filter, trashed), atTop ? newer : []);
    const isAllShown = older.length === 0 && (atTop || newer.length === 0);
    const isNews = changes.arrived.length + changes.gone.length > 0;
    if (next !== pages || (isNews && isAllShown))
      write(atTop ? cutAtTop(next) : next, isAllShown ? changes.readAt : undefined);
  }, [pages, filter, isFetching, changes, news.isFetching, found, write, readAnew]);

  const waiting: Waiting | undefined =
    changes?.overflow || found.newer.length > 0
      ? { kind: "new" }
      : found.older.length > 0
        ? { kind: "older", count: found.older.length }
        : undefined;

  /** Answers which capture to go to, where it is not at the top. */
  const showWaiting = (): string | undefined => {
    if (waiting?.kind === "new") window.scrollTo({ top: 0 });
    if (changes?.overflow) void readAnew();
    else if (pages && changes) write(withTiles(pages, [...found.newer, ...found.older]), changes.readAt);
    return waiting?.kind === "older" ? found.older[0]?.id : undefined;
  };

  return { news, waiting, showWaiting };
}

function sinceOf(pages: TilePages | undefined): string {
  return pages?.pages[0]?.readAt ?? "";
}
