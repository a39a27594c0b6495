import { expect, it } from "vitest";
import { countText, durationText, nameText, sizeText, timeText } from "./words.ts";

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.00 kB"],
  [702_829, "703 kB"],
  [999_600, "1.00 MB"],
  [2_200_970, "2.20 MB"],
  [5e12, "5.00 TB"],
])("shows %i bytes as %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

it.each([
  [0, "0.0 s"],
  [4_123, "4.1 s"],
  [59_960, "1 min 0 s"],
  [200_000, "3 min 20 s"],
  [7_500_000, "2 h 5 min"],
])("shows %i ms as %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

it("counts in words, times in UTC, and shows no control character", () => {
  expect([countText(1, "file"), countText(12_000, "file"), countText(2, "duplicate")]).toEqual([
    "1 file",
    "12,000 files",
    "2 duplicates",
  ]);
  expect(timeText(new Date("2025-06-15T12:30:00.250Z"))).toBe("2025-06-15 12:30:00Z");
  expect(nameText("a\u001b[31m\n.jpg")).toBe("a?[31m?.jpg");
});
