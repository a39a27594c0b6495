import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterCursor, type CaptureFilter, conditionsOf } from "./capture-filter.ts";

describe("conditionsOf", () => {
  test("asks for live captures of the client's bucket unless told otherwise", () => {
    expect(conditionsOf({}, "pilab-dev")).toEqual([
      { column: "bucket_id", operator: "eq", value: "pilab-dev" },
      { column: "deleted_at", operator: "is", value: null },
    ]);
  });

  test("turns each field into one condition", () => {
    const filter: CaptureFilter = {
      bucket: "other",
      deviceId: "d",
      series: "s",
      shotType: "t",
      from: "2026-01-01T00:00:00+01:00",
      until: new Date("2026-02-01T00:00:00Z"),
      state: "trashed",
      pinned: true,
      sizeBytes: { min: 1, max: 2 },
      sharpness: { min: 0.5 },
      brightness: { max: 0.5 },
    };
    expect(
      conditionsOf(filter, "pilab-dev").map(
        ({ column, operator, value }) => `${column}=${operator}.${value}`,
      ),
    ).toEqual([
      "bucket_id=eq.other",
      "device_id=eq.d",
      "series=eq.s",
      "shot_type=eq.t",
      "captured_at=gte.2025-12-31T23:00:00.000Z",
      "captured_at=lt.2026-02-01T00:00:00.000Z",
      "deleted_at=not.is.null",
      "purging_at=is.null",
      "pinned_at=not.is.null",
      "size_bytes=gte.1",
      "size_bytes=lte.2",
      "sharpness=gte.0.5",
      "brightness=lte.0.5",
    ]);
  });

  test("passes series and shot types through as they are, whatever they hold", () => {
    fc.assert(
      fc.property(fc.string(), (series) => {
        expect(conditionsOf({ series, state: "any" }, "b").at(-1)).toEqual({
          column: "series",
          operator: "eq",
          value: series,
        });
      }),
    );
  });

  test("names the field that is no date", () => {
    expect(() => conditionsOf({ until: "soon" }, "b")).toThrow('filter: until is "soon", it must be a date');
  });
});

describe("afterCursor", () => {
  // What the two conditions mean, against the order that a page is in.
  test.each([
    ["newest", "lt", "lte"],
    ["oldest", "gt", "gte"],
  ] as const)("goes on from the cursor, %s first", (order, beyond, bound) => {
    expect(afterCursor({ capturedAt: "T", id: "I" }, order)).toEqual({
      or: `captured_at.${beyond}.T,and(captured_at.eq.T,id.${beyond}.I)`,
      bound: { column: "captured_at", operator: bound, value: "T" },
    });
  });

  test("keeps exactly what comes after the cursor, newest first", () => {
    const row = fc.record({ at: fc.integer({ min: 0, max: 3 }), id: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: ({ at, id }) => `${at} ${id}` }), row, (rows, cursor) => {
        const [, before, same, id] =
          /^captured_at\.lt\.(\d+),and\(captured_at\.eq\.(\d+),id\.lt\.(\d+)\)$/.exec(
            afterCursor({ capturedAt: String(cursor.at), id: String(cursor.id) }).or,
          ) ?? [];
        const bound = Number(
          afterCursor({ capturedAt: String(cursor.at), id: String(cursor.id) }).bound.value,
        );
        const kept = rows.filter(
          (r) => r.at <= bound && (r.at < Number(before) || (r.at === Number(same) && r.id < Number(id))),
        );
        const later = rows.filter((r) => r.at < cursor.at || (r.at === cursor.at && r.id < cursor.id));
        expect(kept).toEqual(later);
      }),
    );
  });
});
