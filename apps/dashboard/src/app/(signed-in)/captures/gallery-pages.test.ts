import type { CaptureTile } from "@pilab/storage-core";
import { describe, expect, test } from "vitest";
import type { CaptureFilter } from "../../../lib/capture-filter.ts";
import {
  asOf,
  cutAtTop,
  newsOf,
  sinceOf,
  type TilePages,
  withChange,
  withReread,
  withTiles,
} from "./gallery-pages.ts";

const READ_AT = "2026-03-09T12:00:30Z";

/** A capture that arrived five seconds after it was taken, or when it is said. */
function tile(id: string, captured_at: string, fields: Partial<CaptureTile> = {}): CaptureTile {
  const created_at = new Date(Date.parse(captured_at) + 5000).toISOString();
  const live = { pinned_at: null, deleted_at: null, series: "dish 7", shot_type: null };
  return { id, captured_at, created_at, ...live, ...fields } as CaptureTile;
}

function pagesOf(more: boolean, ...pages: CaptureTile[][]): TilePages {
  const nextOf = (captures: CaptureTile[]) => {
    const { captured_at = "", id = "" } = captures.at(-1) ?? {};
    return { capturedAt: captured_at, id };
  };
  return {
    pages: pages.map((captures, index) => ({
      captures,
      previous: index === 0 ? null : ({ ...nextOf(pages[index - 1] ?? []), newer: true } as const),
      next: more || index < pages.length - 1 ? nextOf(captures) : null,
      readAt: READ_AT,
    })),
    pageParams: pages.map(() => null),
  };
}

/** As {@link pagesOf}, with newer ones that are not kept, and older ones. */
function amid(...pages: CaptureTile[][]): TilePages {
  const { pages: read, ...rest } = pagesOf(true, ...pages);
  const [first, ...others] = read;
  if (!first) throw new Error("no pages");
  return {
    ...rest,
    pages: [{ ...first, previous: { capturedAt: READ_AT, id: "n", newer: true } }, ...others],
  };
}

const idsOf = (tiles: readonly { id: string }[]) => tiles.map(({ id }) => id).join("");
const idsIn = ({ pages }: TilePages) => pages.map(({ captures }) => idsOf(captures));

const [b, a] = [tile("b", "2026-03-09T12:00:00Z"), tile("a", "2026-03-09T11:00:00Z")];

describe("what is new in the gallery", () => {
  function news(
    arrived: CaptureTile[],
    { pages = pagesOf(false, [b, a]), filter = {} as CaptureFilter } = {},
  ) {
    const changes = { arrived, gone: [], overflow: false, readAt: READ_AT };
    const { newer, older } = newsOf(pages, filter, changes);
    return { newer: idsOf(newer), older: idsOf(older) };
  }

  test("is what arrived and is not there, also when it was overtaken by a minute", () => {
    const [fresh, overtaken] = [tile("c", "2026-03-09T12:00:05Z"), tile("d", "2026-03-09T11:59:00Z")];
    expect(news([fresh, b, overtaken])).toEqual({ newer: "cd", older: "" });
    expect(news([b, a])).toEqual({ newer: "", older: "" });
    expect(news([b, a], { pages: pagesOf(false, []) })).toEqual({ newer: "ba", older: "" });
  });

  test("of a backlog waits to be asked for, unless it is the newest that there is", () => {
    const late = (id: string, captured_at: string) =>
      tile(id, captured_at, { created_at: "2026-03-09T15:00:00Z" });
    expect(news([late("e", "2026-03-09T11:30:00Z"), late("f", "2026-03-09T11:31:00Z")])).toEqual({
      newer: "",
      older: "fe",
    });
    expect(news([late("g", "2026-03-09T12:30:00Z")])).toEqual({ newer: "g", older: "" });
    // What lies in the trash is old, and no backlog.
    const trashed = { filter: { state: "trashed" } as const };
    expect(news([late("e", "2026-03-09T11:30:00Z")], trashed)).toEqual({ newer: "e", older: "" });
  });

  test("that lies beyond what was read comes with the next page", () => {
    const deep = tile("z", "2026-03-09T10:00:00Z", { created_at: "2026-03-09T15:00:00Z" });
    expect(news([deep], { pages: pagesOf(true, [b, a]) })).toEqual({ newer: "", older: "" });
    expect(news([deep])).toEqual({ newer: "", older: "z" });
  });

  test("is new below a capture whose clock ran ahead, and so is such a capture", () => {
    const ahead = tile("x", "2042-01-01T00:00:00Z", { created_at: "2026-03-09T11:30:00Z" });
    const fresh = tile("c", "2026-03-09T12:00:05Z");
    expect(news([fresh], { pages: pagesOf(false, [ahead, b, a]) })).toEqual({ newer: "c", older: "" });
    expect(idsIn(withTiles(pagesOf(false, [ahead, b, a]), [fresh]))).toEqual(["xcba"]);
    expect(news([ahead])).toEqual({ newer: "x", older: "" });
    expect(news([a], { pages: pagesOf(false, [ahead]) })).toEqual({ newer: "a", older: "" });
  });

  test("amid a gallery is what lies between what is kept: the rest comes with the pages around", () => {
    const late = { created_at: "2026-03-09T15:00:00Z" };
    const between = tile("e", "2026-03-09T11:30:00Z", late);
    const beyond = [tile("f", "2026-03-09T14:59:59Z"), tile("z", "2026-03-09T10:00:00Z", late)];
    expect(news([...beyond, between], { pages: amid([b, a]) })).toEqual({ newer: "", older: "e" });
    expect(news([tile("f", "2026-03-09T14:59:59Z")])).toEqual({ newer: "f", older: "" });
  });

  test("has what went into the trash once, and of a list of all what is shown as live", () => {
    const changes = { arrived: [], gone: ["a", "q"], overflow: false, readAt: READ_AT };
    const trash = { ids: new Set(["a"]), fields: { deleted_at: READ_AT } };
    for (const [filter, left] of [
      [{}, "b"],
      [{ state: "any" }, "ba"],
    ] as const) {
      const pages = pagesOf(false, [b, a]);
      expect(newsOf(pages, filter, changes).gone).toEqual(["a"]);
      const after = withChange(pages, filter, trash);
      expect(idsIn(after)).toEqual([left]);
      expect(newsOf(after, filter, changes).gone).toEqual([]);
    }
  });
});

describe("what others changed", () => {
  const known = { created_at: READ_AT };
  const [d, c] = [tile("d", "2026-03-09T12:30:00Z", known), tile("c", "2026-03-09T12:15:00Z", known)];
  const ab = [b, a];

  test("shows with the stretch that was read anew, and nothing beyond it changes", () => {
    const pages = pagesOf(false, [d, c], ab);
    const pinned = { ...c, pinned_at: READ_AT };
    const after = withReread(pages, { after: d, captures: [pinned, b], isEnd: false });
    expect(after.pages[0]?.captures).toEqual([d, pinned]);
    expect(after.pages[1]).toBe(pages.pages[1]);
    expect(withReread(pages, { after: undefined, captures: [{ ...d }, { ...c }], isEnd: false })).toBe(pages);
  });

  test("has what was restored at its place, without what no longer fits, and no arrival", () => {
    const pages = pagesOf(false, [d, b], [a]);
    const arrival = tile("x", "2026-03-09T12:20:00Z", { created_at: "2026-03-09T15:00:00Z" });
    const read = (captures: CaptureTile[], isEnd: boolean) =>
      idsIn(withReread(pages, { after: undefined, captures, isEnd }));
    expect(read([d, arrival, c], false)).toEqual(["dcb", "a"]);
    expect(read([d, c, a], false)).toEqual(["dc", "a"]);
    expect(read([d], true)).toEqual(["d", ""]);
    expect(read([], true)).toEqual(["", ""]);
  });

  test("is taken in only between what is kept", () => {
    const far = [d, b, a, tile("z", "2026-03-09T10:00:00Z")];
    expect(idsIn(withReread(amid([b]), { after: undefined, captures: far, isEnd: false }))).toEqual(["b"]);
  });
});

describe("pages", () => {
  test("are as old as the oldest of them, and as new as what was written into all", () => {
    const pages = pagesOf(false, [b], [a]);
    const [first, second] = pages.pages;
    if (!first || !second) throw new Error("no pages");
    const mixed = { ...pages, pages: [{ ...first, readAt: "2026-03-09T12:05:00Z" }, second] };
    expect(sinceOf(mixed)).toBe(READ_AT);
    const written = asOf(mixed, "2026-03-09T12:03:00Z");
    expect(written.pages.map(({ readAt }) => readAt)).toEqual([
      "2026-03-09T12:05:00Z",
      "2026-03-09T12:03:00Z",
    ]);
    expect(sinceOf(undefined)).toBe("");
  });

  test("take captures in at their places, and those that gain none stay what they are", () => {
    const pages = pagesOf(true, [b], [a], []);
    const middle = tile("m", "2026-03-09T11:30:00Z");
    const [same, micro] = [tile("c", b.captured_at), tile("d", "2026-03-09T12:00:00.000001Z")];
    const after = withTiles(pages, [middle, same]);
    expect(idsIn(after)).toEqual(["cbm", "a", ""]);
    expect(after.pages[1]).toBe(pages.pages[1]);
    expect(idsIn(withTiles(pages, [tile("l", "2026-03-09T10:00:00Z")]))).toEqual(["b", "al", ""]);
    expect(idsIn(withTiles(pagesOf(false, [tile("e", "2026-03-09T12:00:00.000000Z")]), [micro]))).toEqual([
      "de",
    ]);
    expect(withTiles(pages, [])).toBe(pages);
  });

  test("show a change of captures, and drop those that no longer fit the filter", () => {
    const change = (filter: CaptureFilter, fields: Partial<CaptureTile>) =>
      idsIn(withChange(pagesOf(false, [b], [a]), filter, { ids: new Set(["a"]), fields }));
    const pinned = { pinned_at: READ_AT };
    expect(change({}, pinned)).toEqual(["b", "a"]);
    expect(change({ pinned: false }, pinned)).toEqual(["b", ""]);
    expect(change({ series: "dish 7" }, { series: "dish 8" })).toEqual(["b", ""]);
    expect(change({ shotType: "macro" }, { shot_type: "macro" })).toEqual(["b", "a"]);
    const [, second] = withChange(
      pagesOf(false, [b], [a]),
      {},
      { ids: new Set(["a"]), fields: pinned },
    ).pages;
    expect(second?.captures[0]?.pinned_at).toBe(READ_AT);
  });

  test("that stay open at their top are cut, and go on where they were cut", () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        tile(`t${index}`, new Date(Date.parse(READ_AT) - index * 1000).toISOString()),
      );
    const some = pagesOf(true, many(1200));
    expect(cutAtTop(some)).toBe(some);
    const cut = cutAtTop(pagesOf(false, many(700), many(700)));
    expect(cut.pages).toHaveLength(1);
    expect(cut.pages[0]?.captures).toHaveLength(600);
    expect(cut.pages[0]?.next).toEqual({ capturedAt: cut.pages[0]?.captures[599]?.captured_at, id: "t599" });
  });
});
