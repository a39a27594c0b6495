import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  ["7d", 604_800_000],
  ["12h", 43_200_000],
  ["1.5h", 5_400_000],
  ["90m", 5_400_000],
  ["30s", 30_000],
  ["2w", 1_209_600_000],
  ["0", 0],
  ["0d", 0],
])("reads %s", (text, ms) => {
  expect(parseDuration(text, "--keep-local")).toBe(ms);
});

test.each(["", "7", "d", "-1d", "7 days", "1d12h"])('refuses "%s", naming the option', (text) => {
  expect(() => parseDuration(text, "--keep-local")).toThrow(`--keep-local got "${text}"`);
});
