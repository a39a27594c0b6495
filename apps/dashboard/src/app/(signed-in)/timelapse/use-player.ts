"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import type { FilmFilter } from "../../../lib/film-filter.ts";
import type { Frame } from "../../../server/routers/timelapse.ts";
import { indexAt } from "./frame-buffer.ts";
import { useFrames } from "./use-frames.ts";
import { usePreload } from "./use-preload.ts";

/** Pictures loaded ahead of the one that is shown: small ones, and whole ones. */
const AHEAD = { thumbnail: 16, picture: 6 };
/** A slider that is dragged asks for a place when it rests this long. */
const REST_MS = 150;

/** Frames a second to choose from. */
export const SPEEDS = [1, 2, 5, 10, 15, 24, 30] as const;

/** Plays a film: what is shown, what is ready, and what can be done. */
export function usePlayer(filter: FilmFilter, bounds: { first: string; last: string }) {
  const { buffer, busy, error, seek, show } = useFrames(filter, bounds, filter);
  const [wantsPlay, setPlaying] = useState(false);
  const [fps, setFps] = useState<number>(10);
  const [loop, setLoop] = useState(false);
  const [whole, setWhole] = useState(false);

  const frames = buffer?.frames ?? [];
  const index = buffer?.index ?? -1;
  const frame = frames[index];
  const next = frames[index + 1];
  // At the end of a film that does not begin anew, playing is over.
  const playing = wantsPlay && !(buffer?.atEnd && !next && !loop && !busy);
  const urlOf = (of: Frame) => (whole && of.shows ? pictureUrl(of) : thumbnailUrl(of));
  const ahead = frames.slice(Math.max(0, index), index + 1 + (whole ? AHEAD.picture : AHEAD.thumbnail));
  // A frame that is looked at is shown in full.
  const full = frame && !playing && frame.shows ? pictureUrl(frame) : undefined;
  const isReady = usePreload([...ahead.map(urlOf), ...(full === undefined ? [] : [full])]);
  const nextReady = next !== undefined && isReady(urlOf(next));

  const shownAtMs = useRef(0);
  useEffect(() => {
    if (frame) shownAtMs.current = performance.now();
  }, [frame]);
  const first = Date.parse(bounds.first);
  useEffect(() => {
    if (!playing || busy) return;
    if (!next) {
      if (buffer?.atEnd) seek(first); // only a loop comes here
      return;
    }
    if (!nextReady) return;
    const dueMs = shownAtMs.current + 1000 / fps - performance.now();
    const timer = setTimeout(() => show(index + 1), Math.max(0, dueMs));
    return () => clearTimeout(timer);
  }, [playing, busy, next, nextReady, buffer?.atEnd, fps, index, show, seek, first]);

  // What is over stays over when more frames arrive.
  useEffect(() => {
    if (wantsPlay && !playing) setPlaying(false);
  }, [wantsPlay, playing]);

  const [dragged, setDragged] = useState<number>();
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(rest.current), []);
  const goTo = useCallback(
    (atMs: number) => {
      setPlaying(false);
      clearTimeout(rest.current);
      const held = buffer && indexAt(buffer, atMs);
      if (held !== undefined) {
        setDragged(undefined);
        show(held);
        return;
      }
      setDragged(atMs);
      rest.current = setTimeout(() => {
        setDragged(undefined);
        seek(atMs);
      }, REST_MS);
    },
    [buffer, seek, show],
  );

  const isOver = buffer?.atEnd === true && !next;
  return {
    buffer,
    frame,
    /** Where the slider stands. */
    atMs: dragged ?? (frame ? Date.parse(frame.at) : first),
    url: frame && (full !== undefined && isReady(full) ? full : urlOf(frame)),
    playing,
    waits: playing && (busy || (next !== undefined && !nextReady)),
    loading: buffer === undefined || (frame === undefined && busy),
    error,
    fps,
    setFps,
    loop,
    setLoop,
    whole,
    setWhole,
    goTo,
    toggle() {
      if (!playing && isOver) seek(first);
      setPlaying(!playing);
    },
    step(by: number) {
      setPlaying(false);
      show(index + by);
    },
  };
}

/** See {@link usePlayer}. */
export type Player = ReturnType<typeof usePlayer>;

function thumbnailUrl({ id }: Frame): string {
  return `/api/thumbnails/${id}`;
}

function pictureUrl({ id }: Frame): string {
  return `/api/pictures/${id}`;
}
