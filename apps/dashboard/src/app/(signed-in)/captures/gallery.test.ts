import { describe, expect, test } from "vitest";
import { galleryRows, moveFocus } from "./gallery-rows.ts";
import { withNewer } from "./newer.ts";

const at = (...times: string[]) => times.map((captured_at) => ({ captured_at }));

describe("rows of the gallery", () => {
  const tiles = at(
    "2026-03-09T23:30:00Z",
    "2026-03-09T12:00:00Z",
    "2026-03-09T11:00:00Z",
    "2026-03-09T10:00:00Z",
    "2026-03-08T10:00:00Z",
  );

  test("begin anew at each day of the zone, and hold as many as fit", () => {
    expect(galleryRows(tiles, { columns: 2, timeZone: "Europe/Berlin" })).toEqual([
      { kind: "day", label: "Tuesday, 10 March 2026" },
      { kind: "tiles", start: 0, count: 1 },
      { kind: "day", label: "Monday, 9 March 2026" },
      { kind: "tiles", start: 1, count: 2 },
      { kind: "tiles", start: 3, count: 1 },
      { kind: "day", label: "Sunday, 8 March 2026" },
      { kind: "tiles", start: 4, count: 1 },
    ]);
    expect(
      galleryRows(tiles, { columns: 3, timeZone: "UTC" }).filter(({ kind }) => kind === "day"),
    ).toHaveLength(2);
  });

  const rows = galleryRows(tiles, { columns: 2, timeZone: "Europe/Berlin" });
  test.each([
    [1, "ArrowRight", 2],
    [0, "ArrowLeft", 0],
    [4, "ArrowRight", 4],
    [2, "ArrowDown", 3],
    [3, "ArrowUp", 1],
    [0, "ArrowDown", 1],
    [4, "ArrowDown", 4],
    [2, "Home", 0],
    [0, "End", 4],
    [0, "PageDown", 4],
    [0, "a", undefined],
  ])("from %d the key %s leads to %s", (from, key, to) => expect(moveFocus(rows, from, key)).toBe(to));
});

describe("what is new", () => {
  const tile = (id: string, captured_at: string) => ({ id, captured_at });
  const shown = [tile("b", "2026-03-09T12:00:00Z"), tile("a", "2026-03-09T11:00:00Z")];

  test("is what comes before the first that is shown; a late arrival from long ago is not put on top", () => {
    const fresh = tile("c", "2026-03-09T12:00:05Z");
    const late = tile("d", "2026-03-09T11:30:00Z");
    expect(withNewer(shown, [fresh, shown[0] as never, late])).toEqual([fresh]);
    expect(withNewer(shown, shown)).toEqual([]);
  });

  test("is a gap when nothing of it is shown, so that none is left out", () => {
    expect(withNewer(shown, [tile("e", "2026-03-09T13:00:00Z"), tile("f", "2026-03-09T12:59:00Z")])).toBe(
      "gap",
    );
    expect(withNewer([], shown)).toEqual(shown);
  });
});
