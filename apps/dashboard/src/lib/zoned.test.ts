import { expect, test } from "vitest";
import { dayIn, fromLocal, toLocal } from "./zoned.ts";

test.each([
  ["2026-01-15T12:00", "Europe/Berlin", "2026-01-15T11:00:00.000Z"],
  ["2026-07-15T12:00", "Europe/Berlin", "2026-07-15T10:00:00.000Z"],
  ["2026-03-29T01:30", "Europe/Berlin", "2026-03-29T00:30:00.000Z"],
  ["2026-03-29T03:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
  ["2026-07-15T00:10", "Pacific/Auckland", "2026-07-14T12:10:00.000Z"],
  ["2026-07-15T12:00", "UTC", "2026-07-15T12:00:00.000Z"],
])("%s in %s is %s, and back", (local, zone, instant) => {
  expect(fromLocal(local, zone)).toBe(instant);
  expect(toLocal(instant, zone)).toBe(local);
});

test("what is no time is none", () => expect(fromLocal("", "UTC")).toBeUndefined());

test("a day is that of the zone", () => {
  expect(dayIn("2026-03-08T23:30:00Z", "Europe/Berlin")).toBe("Monday, 9 March 2026");
});
