import { describe, expect, test } from "vitest";
import { galleryRows, moveFocus } from "./gallery-rows.ts";

const at = (...times: string[]) => times.map((captured_at) => ({ id: captured_at, captured_at }));

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

  test("know a day without midnight, when clocks are put forward then", () => {
    const night = at("2026-09-06T04:30:00Z", "2026-09-06T03:30:00Z", "2026-09-05T04:30:00Z");
    const days = galleryRows(night, { columns: 3, timeZone: "America/Santiago" });
    expect(days.map((row) => (row.kind === "day" ? row.label : row.count))).toEqual([
      "Sunday, 6 September 2026",
      1,
      "Saturday, 5 September 2026",
      2,
    ]);
  });

  test("that are there stay what they are when newer captures of their day come above them, or go", () => {
    const [, ...monday] = tiles;
    const options = { columns: 2, timeZone: "UTC" };
    const startsOf = (shown: typeof tiles, begun?: ReadonlySet<string>) =>
      galleryRows(shown, { ...options, ...(begun && { begun }) }).flatMap((row) =>
        row.kind === "tiles" ? (shown[row.start]?.id ?? []) : [],
      );
    const before = startsOf(monday);
    const grown = startsOf(tiles, new Set(before));
    expect(grown).toEqual([tiles[0]?.id, ...before]);
    expect(startsOf(monday, new Set(grown))).toEqual(before);
    expect(startsOf(tiles)).not.toEqual(grown);
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
