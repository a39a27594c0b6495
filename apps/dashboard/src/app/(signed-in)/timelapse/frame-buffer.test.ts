import { expect, test } from "vitest";
import type { Frame } from "../../../server/routers/timelapse.ts";
import { append, type FramePage, indexAt, missing, move, openBuffer, prepend } from "./frame-buffer.ts";

const EVERYTHING = { dark: null, blurred: null };
const START_MS = Date.parse("2026-03-09T00:00:00Z");

function frame(minute: number, more: Partial<Frame> = {}): Frame {
  const at = new Date(START_MS + minute * 60_000).toISOString();
  return { id: `f${minute}`, at, deviceId: "d", brightness: 0.5, sharpness: 0.5, shows: true, ...more };
}

function page(
  from: number,
  count: number,
  { back = false, more = true, change = {} as Partial<Frame> } = {},
): FramePage {
  const frames = Array.from({ length: count }, (_, index) => frame(from + index, change));
  const edge = back ? frames[0] : frames.at(-1);
  return { frames, edge: edge ? { capturedAt: edge.at, id: edge.id } : null, more };
}

test("a frame that is left out is counted, and never one of those to show", () => {
  const night = page(10, 5, { change: { brightness: 0.01 } });
  const buffer = append(
    openBuffer(page(0, 10), { rule: { dark: 0.1, blurred: null }, atStart: true }),
    night,
    {
      dark: 0.1,
      blurred: null,
    },
  );
  expect(buffer).toMatchObject({ read: 15, dark: 5, blurred: 0, index: 0 });
  expect(buffer.frames.map(({ id }) => id)).toEqual(page(0, 10).frames.map(({ id }) => id));
  // It goes on after the night.
  expect(buffer.end?.id).toBe("f14");
});

test("a hundred thousand frames, played through, never hold more than a few thousand", () => {
  let buffer = openBuffer(page(0, 500), { rule: EVERYTHING, atStart: true });
  for (let from = 500; from < 100_000; from += 500) {
    buffer = append({ ...buffer, index: buffer.frames.length - 1 }, page(from, 500), EVERYTHING);
    expect(buffer.frames.length).toBeLessThanOrEqual(3000);
  }
  expect(buffer.frames[buffer.index]?.id).toBe("f99499");
  expect(buffer.atStart).toBe(false);
  expect(missing({ ...buffer, index: 0 })).toBe("before");
});

test("the frame that is shown stays when frames come before it", () => {
  const buffer = { ...openBuffer(page(500, 500), { rule: EVERYTHING, atStart: false }), index: 3 };
  const more = prepend(buffer, page(0, 500, { back: true, more: false }), EVERYTHING);
  expect(more.frames[more.index]?.id).toBe("f503");
  expect(more).toMatchObject({ atStart: true, start: { id: "f0" } });
});

test("a step back that was asked for before its frames were there is taken when they come", () => {
  const buffer = openBuffer(page(500, 500), { rule: EVERYTHING, atStart: false });
  const waiting = move(buffer, -10);
  expect(waiting.frames[waiting.index]?.id).toBe("f500");
  const moved = prepend(waiting, page(0, 500, { back: true }), EVERYTHING);
  expect(moved).toMatchObject({ owed: 0 });
  expect(moved.frames[moved.index]?.id).toBe("f490");
});

test("no step leads out of a film", () => {
  const buffer = openBuffer(page(0, 3, { more: false }), { rule: EVERYTHING, atStart: true });
  expect(move(buffer, -1)).toMatchObject({ index: 0, owed: 0 });
  expect(move(buffer, 99).index).toBe(2);
});

test("where all after a place is left out, the last frame before it is shown", () => {
  const rule = { dark: 0.1, blurred: null };
  const night = openBuffer(page(500, 20, { more: false, change: { brightness: 0 } }), {
    rule,
    atStart: false,
  });
  expect(night).toMatchObject({ index: -1, atEnd: true });
  expect(missing(night)).toBe("before");
  const shown = prepend(night, page(0, 500, { back: true }), rule);
  expect(shown.frames[shown.index]?.id).toBe("f499");
});

test("a time among the frames held is found, another must be read", () => {
  const buffer = openBuffer(page(0, 500), { rule: EVERYTHING, atStart: true });
  expect(indexAt(buffer, START_MS + 100.5 * 60_000)).toBe(101);
  expect(indexAt(buffer, START_MS)).toBe(0);
  expect(indexAt(buffer, START_MS + 500 * 60_000)).toBeUndefined();
});
