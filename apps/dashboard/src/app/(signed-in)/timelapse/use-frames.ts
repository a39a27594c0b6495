"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { FilmFilter } from "../../../lib/film-filter.ts";
import type { SkipRule } from "../../../lib/skip-rule.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { append, type FrameBuffer, missing, move, openBuffer, prepend } from "./frame-buffer.ts";

/** Pages are kept this long after they were used: to go back and forth without asking again. */
const KEPT_MS = 60_000;

/** The frames around the one that is shown, read as they are needed. A jump reads anew from the time that it goes to. */
export function useFrames(filter: FilmFilter, bounds: { first: string; last: string }, rule: SkipRule) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [buffer, setBuffer] = useState<FrameBuffer>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  // What an earlier jump asked for may come after a later one's answer.
  const generation = useRef(0);

  const read = useCallback(
    async (
      place: { from?: string | undefined; after?: { capturedAt: string; id: string }; back?: boolean },
      then: (page: Parameters<typeof openBuffer>[0]) => void,
    ) => {
      const mine = generation.current;
      setBusy(true);
      setError(undefined);
      try {
        const { dark: _, blurred: __, ...which } = filter;
        const options = trpc.timelapse.frames.queryOptions({ ...which, ...place }, { gcTime: KEPT_MS });
        const page = await queryClient.fetchQuery(options);
        if (mine === generation.current) then(page);
      } catch (failure) {
        if (mine === generation.current) setError(failure);
      } finally {
        if (mine === generation.current) setBusy(false);
      }
    },
    [filter, queryClient, trpc],
  );

  const { first } = bounds;
  const seek = useCallback(
    (atMs: number) => {
      generation.current += 1;
      const atStart = atMs <= Date.parse(first);
      const from = atStart ? filter.from : new Date(atMs).toISOString();
      void read({ from }, (page) => setBuffer(openBuffer(page, { rule, atStart })));
    },
    [read, rule, first, filter.from],
  );

  // Another rule: the same place, read anew.
  const place = useRef<string>(undefined);
  place.current = buffer?.frames[buffer.index]?.at;
  useEffect(() => seek(Date.parse(place.current ?? first)), [seek, first]);

  useEffect(() => {
    if (!buffer || busy || error !== undefined) return;
    const where = missing(buffer);
    if (where === "after" && buffer.end) {
      void read({ after: buffer.end }, (page) => setBuffer((held) => held && append(held, page, rule)));
    } else if (where === "before" && buffer.start) {
      void read({ after: buffer.start, back: true }, (page) =>
        setBuffer((held) => held && prepend(held, page, rule)),
      );
    }
  }, [buffer, busy, error, read, rule]);

  // Frames that arrived meanwhile lie after the end.
  useEffect(() => {
    if (bounds.last !== "")
      setBuffer((held) =>
        held?.end && bounds.last > held.end.capturedAt ? { ...held, atEnd: false } : held,
      );
  }, [bounds.last]);

  const show = useCallback((index: number) => setBuffer((held) => held && move(held, index)), []);
  return { buffer, busy, error, seek, show };
}
