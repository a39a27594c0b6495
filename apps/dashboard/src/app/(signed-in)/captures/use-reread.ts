"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef } from "react";
import type { CaptureFilter } from "../../../lib/capture-filter.ts";
import { live } from "../../../lib/live-meta.ts";
import { useTRPCClient } from "../../../lib/trpc.ts";
import { type Reread, type TilePages, withReread } from "./gallery-pages.ts";

/** So many that others restored a page may gain at once. */
const GAIN = 60;
const MAX = 500;
/** What was just opened was just read. */
const OPENED_MS = 30_000;

/** Of the queries below, for who changes captures: an answer on its way may tell what stood there before. */
export const REREAD_KEY = ["captures reread"];

/** Reads the page that is looked at once more each minute: that others pinned, restored or edited a capture is no event. */
export function useReread(
  filter: CaptureFilter,
  pagesKey: readonly unknown[],
  { isFetching, seenId }: { isFetching: boolean; seenId: RefObject<string | undefined> },
): void {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const openedMs = useRef(Date.now());
  const { data: reread, isFetching: isReading } = useQuery({
    queryKey: [...REREAD_KEY, pagesKey],
    queryFn: async ({ signal }): Promise<Reread | null> => {
      if (Date.now() - openedMs.current < OPENED_MS) return null;
      const { pages = [] } = queryClient.getQueryData<TilePages>(pagesKey) ?? {};
      const index = pages.findIndex(({ captures }) => captures.some(({ id }) => id === seenId.current));
      const page = pages[index];
      if (!page) return null;
      const before = pages
        .slice(0, index)
        .flatMap(({ captures }) => captures)
        .at(-1);
      const after = before ?? (page.previous === null ? undefined : page.captures[0]);
      const place = after && { capturedAt: after.captured_at, id: after.id };
      const limit = Math.min(page.captures.length + GAIN, MAX);
      const stretch = await client.captures.stretch.query({ ...filter, limit, after: place }, { signal });
      return { after, ...stretch };
    },
    // What was just read need not be read again.
    initialData: null,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
    ...live(),
  });
  const written = useRef<Reread>(undefined);
  useEffect(() => {
    // A page on its way would overwrite what is written.
    if (!reread || isReading || isFetching || written.current === reread) return;
    written.current = reread;
    queryClient.setQueryData<TilePages>(pagesKey, (read) => read && withReread(read, reread));
  }, [reread, isReading, isFetching, queryClient, pagesKey]);
}
