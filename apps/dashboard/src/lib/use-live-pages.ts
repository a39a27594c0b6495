"use client";
import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { joinRows } from "./join-rows.ts";
import { PAGES } from "./pages.ts";

interface Page {
  readonly next: unknown;
}

type Pages<P> = UseInfiniteQueryResult<InfiniteData<P>, unknown>;

/** For the pages of a {@link useLivePages}: each is read when it is asked for, and not again. */
export const READ_ONCE = { ...PAGES, staleTime: Number.POSITIVE_INFINITY } as const;

/** For its first page, which is read again as it changes; what the pages were read with is not asked for a second time. */
export function firstOf<P>({ data, dataUpdatedAt }: Pages<P>) {
  const [first] = data?.pages ?? [];
  return {
    enabled: first !== undefined,
    ...(first && { initialData: first, initialDataUpdatedAt: dataUpdatedAt }),
  };
}

/**
 * A list that goes on while it changes: however many pages were read, a change asks for the first alone.
 *
 * ```ts
 * const pages = useInfiniteQuery(trpc.audit.list.infiniteQueryOptions(input, READ_ONCE));
 * const first = useQuery(trpc.audit.list.queryOptions(input, { ...live("alerts"), ...firstOf(pages) }));
 * const list = useLivePages({ pages, first, key: trpc.audit.list.infiniteQueryKey(input), rowsOf: ({ entries }) => entries });
 * ```
 */
export function useLivePages<P extends Page, R extends { readonly id: string | number }>({
  pages,
  first,
  key,
  rowsOf,
}: {
  pages: Pages<P>;
  first: UseQueryResult<P, unknown>;
  /** Of the pages. */
  key: readonly unknown[];
  rowsOf: (page: P) => readonly R[];
}) {
  const queryClient = useQueryClient();
  const read = pages.data?.pages;
  const fresh = read && (first.data ?? read[0]);
  const { rows, joins } = useMemo(
    () => (fresh && read ? joinRows(rowsOf(fresh), read.flatMap(rowsOf)) : { rows: [] as R[], joins: true }),
    [fresh, read],
  );
  useEffect(() => {
    if (fresh && !joins && !pages.isFetching && rowsOf(fresh).length > 0)
      queryClient.setQueryData<InfiniteData<P>>(key, { pages: [fresh], pageParams: [null] });
  });

  return {
    rows,
    /** What is said of the list as a whole: that it loads, failed or is old. */
    query: (first.data === undefined ? pages : first) as UseQueryResult<unknown, unknown>,
    hasMore: fresh?.next !== null && pages.hasNextPage,
    isLoadingMore: pages.isFetchingNextPage,
    loadMore: () => void pages.fetchNextPage(),
  };
}
