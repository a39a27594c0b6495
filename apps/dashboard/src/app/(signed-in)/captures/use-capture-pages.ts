"use client";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import type { CaptureFilter } from "../../../lib/capture-filter.ts";
import { live } from "../../../lib/live-meta.ts";
import { PAGES } from "../../../lib/pages.ts";
import { useTRPC, useTRPCClient } from "../../../lib/trpc.ts";
import { isBelowTop } from "./below-top.ts";
import {
  asOf,
  cutAtTop,
  isAtNewest,
  newsOf,
  sinceOf,
  type TilePage,
  type TilePages,
  type TilePlace,
  withChange,
  withTiles,
} from "./gallery-pages.ts";
import { PAGE_SIZE } from "./page-size.ts";
import { useReread } from "./use-reread.ts";

/** More changes than this and the pages are read anew. */
const CHANGES = 200;
/** So many pages around what is looked at are kept: the browser holds the same after a million captures as after a thousand. */
const KEPT_PAGES = 12;

/** What waits to be shown: new captures, or so many of a backlog. */
export type Waiting = { readonly kind: "new" } | { readonly kind: "older"; readonly count: number };

/**
 * The gallery's captures around what is looked at, page after page in both directions, and what changed since they were read.
 * `at`: they begin with what was taken before then, and not with the newest. `seenId`: the capture at the top of the screen.
 */
export function useCapturePages(
  filter: CaptureFilter,
  { at, seenId }: { at: string | undefined; seenId: RefObject<string | undefined> },
) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const inputOf = (at: string | undefined) => ({
    ...filter,
    limit: PAGE_SIZE,
    ...(at !== undefined && { at }),
  });
  const options = useMemo(
    () =>
      trpc.captures.tiles.infiniteQueryOptions(inputOf(at), {
        ...PAGES,
        getPreviousPageParam: ({ previous }: TilePage): TilePlace | undefined => previous ?? undefined,
        maxPages: KEPT_PAGES,
        // A page is read once: what arrives, what goes and what is changed is written into the pages.
        staleTime: Number.POSITIVE_INFINITY,
        structuralSharing: false,
      }),
    [trpc, filter, at],
  );
  const query = useInfiniteQuery(options);
  const { news, waiting, showWaiting } = useNews(filter, options.queryKey, query);
  useReread(filter, options.queryKey, { isFetching: query.isFetching, seenId });
  const tiles = useMemo(() => query.data?.pages.flatMap(({ captures }) => captures) ?? [], [query.data]);

  // A page that failed is asked for again by a person, or when the server is back: not in a circle.
  const hasMore = query.hasNextPage && !query.isFetchNextPageError;
  const mayAskNewer = query.hasPreviousPage && !query.isFetchPreviousPageError;
  // One at a time: the second would cancel the first.
  const loadMore = () => {
    if (hasMore && !query.isFetching) void query.fetchNextPage();
  };
  const loadNewer = () => {
    if (mayAskNewer && !query.isFetching) void query.fetchPreviousPage();
  };
  const isEmpty = query.data !== undefined && tiles.length === 0;
  // Nothing is as old as was asked for, or all that was kept went away: what there is lies beyond.
  useEffect(() => {
    if (isEmpty) (hasMore ? loadMore : loadNewer)();
  });

  return {
    tiles,
    waiting,
    showWaiting,
    isLoading: query.isLoading || (isEmpty && (hasMore || mayAskNewer)),
    error: query.data === undefined ? query.error : null,
    /** What changed could not be asked for: what is shown is as old as the last answer. */
    stale: news.isError && query.data !== undefined ? news : undefined,
    hasMore,
    moreError: query.isFetchNextPageError ? query.error : null,
    loadMore,
    retryMore: () => void query.fetchNextPage(),
    hasNewer: query.hasPreviousPage,
    newerError: query.isFetchPreviousPageError ? query.error : null,
    loadNewer,
    retryNewer: () => void query.fetchPreviousPage(),
    retry: () => void query.refetch(),
    /** Lets go of what is kept of the gallery at this time. */
    forget: (at: string | undefined) =>
      void queryClient.resetQueries({
        queryKey: trpc.captures.tiles.infiniteQueryKey(inputOf(at)),
        exact: true,
      }),
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
    (next: TilePages, readAt = sinceOf(next)) => queryClient.setQueryData(pagesKey, asOf(next, readAt)),
    [queryClient, pagesKey],
  );

  const isReading = useRef(false);
  /** The newest; of pages that are not the newest, these. */
  const readAnew = useCallback(async () => {
    if (isReading.current) return;
    isReading.current = true;
    try {
      const isNewest = isAtNewest(
        queryClient.getQueryData<TilePages>(pagesKey) ?? { pages: [], pageParams: [] },
      );
      if (!isNewest) return await queryClient.refetchQueries({ queryKey: pagesKey, exact: true });
      const first = await client.captures.tiles.query({ ...filter, limit: PAGE_SIZE });
      write({ pages: [first], pageParams: [null] });
    } catch {
      // The next change leads here again; that the server is away is seen by the query of changes.
    } finally {
      isReading.current = false;
    }
  }, [client, queryClient, filter, pagesKey, write]);

  const answered = useRef<typeof changes>(undefined);
  useEffect(() => {
    // What is on its way may say otherwise: a capture was just moved away; a page that comes would overwrite what is written.
    if (!pages || !changes || isFetching || news.isFetching) return;
    const isNewest = isAtNewest(pages);
    const atTop = isNewest && !isBelowTop();
    if (changes.overflow) {
      // Once for an answer, whatever comes of it.
      if ((atTop || !isNewest) && answered.current !== changes) void readAnew();
      answered.current = changes;
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

  const isWaiting = found.newer.length > 0 || (changes?.overflow && pages !== undefined && isAtNewest(pages));
  const waiting: Waiting | undefined = isWaiting
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
