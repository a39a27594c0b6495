import { type SkipRule, skipReason } from "../../../lib/skip-rule.ts";
import type { Frame } from "../../../server/routers/timelapse.ts";

/** Frames held at once; what is far behind goes, and is read again when it is wanted. */
const MOST_HELD = 3000;
/** With fewer than these left in a direction, more are read. */
const ENOUGH = 40;

/** The place beyond which reading goes on. */
interface Edge {
  readonly capturedAt: string;
  readonly id: string;
}

/** What the server gives at once, the oldest first. */
export interface FramePage {
  readonly frames: readonly Frame[];
  readonly edge: Edge | null;
  readonly more: boolean;
}

/** A part of a series around the frame that is shown: frames to show, and how many were left out on the way. */
export interface FrameBuffer {
  readonly frames: readonly Frame[];
  /** The one that is shown; −1: none is read yet. */
  readonly index: number;
  /** Steps back that were asked for and wait for frames before the first one. */
  readonly owed: number;
  readonly start: Edge | null;
  readonly end: Edge | null;
  readonly atStart: boolean;
  readonly atEnd: boolean;
  /** Frames read since the buffer was opened, those left out too. */
  readonly read: number;
  readonly dark: number;
  readonly blurred: number;
}

/** Begins with a page; `atStart`: nothing lies before it. */
export function openBuffer(
  page: FramePage,
  { rule, atStart }: { rule: SkipRule; atStart: boolean },
): FrameBuffer {
  const [first] = page.frames;
  const empty = {
    frames: [],
    index: -1,
    owed: 0,
    start: first ? edgeOf(first) : null,
    end: null,
    read: 0,
    dark: 0,
    blurred: 0,
  };
  return append({ ...empty, atStart, atEnd: false }, page, rule);
}

/** Adds a page after the end. */
export function append(buffer: FrameBuffer, page: FramePage, rule: SkipRule): FrameBuffer {
  const { shown, ...counts } = sift(buffer, page, rule);
  const all = [...buffer.frames, ...shown];
  // Never the one that is shown, however many are left out after it.
  const gone = Math.max(0, Math.min(all.length - MOST_HELD, buffer.index - ENOUGH));
  const frames = all.slice(gone);
  return {
    ...buffer,
    ...counts,
    frames,
    index: frames.length === 0 ? -1 : Math.max(0, buffer.index - gone),
    end: page.edge ?? buffer.end,
    atEnd: !page.more,
    ...(gone > 0 && { start: edgeOf(frames[0] as Frame), atStart: false }),
  };
}

/** Adds a page before the start; the frame that is shown stays. */
export function prepend(buffer: FrameBuffer, page: FramePage, rule: SkipRule): FrameBuffer {
  const { shown, ...counts } = sift(buffer, page, rule);
  const all = [...shown, ...buffer.frames];
  const kept = buffer.index < 0 ? all.length - 1 : buffer.index + shown.length;
  const index = all.length === 0 ? -1 : Math.max(0, kept - buffer.owed);
  const gone = Math.max(0, Math.min(all.length - MOST_HELD, all.length - 1 - index - ENOUGH));
  const frames = all.slice(0, all.length - gone);
  return {
    ...buffer,
    ...counts,
    frames,
    index,
    owed: page.more ? Math.max(0, buffer.owed - kept) : 0,
    start: page.edge ?? buffer.start,
    atStart: !page.more,
    ...(gone > 0 && { end: edgeOf(frames.at(-1) as Frame), atEnd: false }),
  };
}

/** Shows another frame; one that is not read yet is shown when it is. */
export function move(buffer: FrameBuffer, index: number): FrameBuffer {
  const last = buffer.frames.length - 1;
  if (index >= 0 || buffer.atStart) return { ...buffer, index: Math.min(Math.max(0, index), last), owed: 0 };
  return { ...buffer, index: Math.min(0, last), owed: -index };
}

/** In which direction frames are missing. */
export function missing({ frames, index, atStart, atEnd }: FrameBuffer): "after" | "before" | undefined {
  if (!atEnd && frames.length - index <= ENOUGH) return "after";
  if (!atStart && index < ENOUGH) return "before";
  return undefined;
}

/** The held frame next to a time, when the time lies among those held. */
export function indexAt({ frames }: FrameBuffer, atMs: number): number | undefined {
  const [first, last] = [frames[0], frames.at(-1)];
  if (!first || !last || atMs < Date.parse(first.at) || atMs > Date.parse(last.at)) return undefined;
  let [low, high] = [0, frames.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Date.parse((frames[middle] as Frame).at) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sift(buffer: FrameBuffer, { frames }: FramePage, rule: SkipRule) {
  let { dark, blurred } = buffer;
  const shown = frames.filter((frame) => {
    const reason = skipReason(frame, rule);
    if (reason === "dark") dark += 1;
    else if (reason === "blurred") blurred += 1;
    return reason === undefined;
  });
  return { shown, dark, blurred, read: buffer.read + frames.length };
}

function edgeOf({ at, id }: Frame): Edge {
  return { capturedAt: at, id };
}
