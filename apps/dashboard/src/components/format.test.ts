import { describe, expect, test } from "vitest";
import { formatAge, formatBytes, formatDuration, formatShare, formatTime, formatUtc } from "./format.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.00 kB"],
  [12_345, "12.3 kB"],
  [999_499, "999 kB"],
  [999_600, "1.00 MB"],
  [25_000_000_000, "25.0 GB"],
  [-1500, "−1.50 kB"],
])("%d bytes read as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [1, "100 %"],
  [0.99999, "> 99.9 %"],
  [0.5, "50 %"],
  [0.0001, "< 0.1 %"],
  [0, "0 %"],
])("a share of %d reads as %s: nearly all is never all, nearly none never none", (share, text) => {
  expect(formatShare(share)).toBe(text);
});

test.each([
  [4999, "4 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [3_600_000, "1 h"],
  [90_000_000, "1 d"],
  [400 * 86_400_000, "1 y"],
])("%d ms last %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

describe("a time", () => {
  const at = new Date("2026-03-09T23:30:05Z");

  test("is told in the zone that is asked for, and in UTC", () => {
    expect(formatTime(at, "Europe/Berlin")).toBe("10 Mar 2026, 00:30:05");
    expect(formatUtc(at)).toBe("2026-03-09 23:30:05 UTC");
  });

  test("has an age, also when a clock is ahead", () => {
    expect(formatAge(at, at.getTime() + 3 * 60_000)).toBe("3 min ago");
    expect(formatAge(at, at.getTime() + 1000)).toBe("just now");
    expect(formatAge(at, at.getTime() - 3_600_000)).toBe("in 1 h");
  });
});
