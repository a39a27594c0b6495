import { describe, expect, test } from "vitest";
import { dayAt, dayFrom, dayNumber, endOfDay, railMarks, startOfDay } from "./gallery-days.ts";

test("a day ends where the next begins, in its zone, whatever clocks do that night", () => {
  expect(endOfDay("2026-03-09", "UTC")).toBe("2026-03-10T00:00:00.000Z");
  expect(endOfDay("2026-03-28", "Europe/Berlin")).toBe("2026-03-28T23:00:00.000Z");
  expect(endOfDay("2026-03-29", "Europe/Berlin")).toBe("2026-03-29T22:00:00.000Z");
  // Without a midnight.
  expect(endOfDay("2026-09-05", "America/Santiago")).toBe("2026-09-06T04:00:00.000Z");
  expect(new Date(startOfDay("2026-03-09", "Asia/Tokyo")).toISOString()).toBe("2026-03-08T15:00:00.000Z");
  expect(dayAt("2026-03-08T15:00:00Z", "Asia/Tokyo")).toBe("2026-03-09");
  expect(dayFrom(dayNumber("2026-02-28") + 1)).toBe("2026-03-01");
});

describe("the marks of the rail", () => {
  test.each([
    ["2026-03-09", "2026-03-12", ["9 Mar", "10 Mar", "11 Mar", "12 Mar"]],
    ["2026-03-09", "2026-04-08", ["9 Mar", "16 Mar", "23 Mar", "30 Mar", "6 Apr"]],
    ["2025-10-15", "2026-03-20", ["Nov", "Dec", "2026", "Feb", "Mar"]],
    ["2022-02-01", "2024-01-31", ["Apr", "Jul", "Oct", "2023", "Apr", "Jul", "Oct", "2024"]],
    ["2014-06-01", "2019-06-01", ["2015", "2016", "2017", "2018", "2019"]],
    ["2001-06-01", "2026-06-01", ["2005", "2010", "2015", "2020", "2025"]],
  ])("from %s to %s are as many as fit", (oldest, newest, labels) => {
    expect(railMarks(oldest, newest).map(({ label }) => label)).toEqual(labels);
  });
});
