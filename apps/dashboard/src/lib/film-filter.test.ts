import { expect, test } from "vitest";
import { filmFromSearch, filmToSearch } from "./film-filter.ts";

test("a film's address shows the same film", () => {
  const address = "series=dish+7&device=d1&from=2026-03-09T00%3A00%3A00.000Z&dark=0.1";
  expect(filmToSearch(filmFromSearch(new URLSearchParams(address))).toString()).toBe(address);
});

test("what is no time or no share is left out", () => {
  expect(filmFromSearch(new URLSearchParams("from=soon&dark=2&blurred=x"))).toEqual({
    dark: null,
    blurred: null,
  });
});
