import { expect, test } from "vitest";
import { captureFilter } from "../server/capture-filter.ts";
import { type CaptureFilter, countOf, filterFromSearch, filterToSearch } from "./capture-filter.ts";

const full: CaptureFilter = {
  deviceId: "0198c0de-0000-7000-8000-000000000001",
  series: "dish 7 & more",
  shotType: "macro",
  from: "2026-03-09T00:00:00.000Z",
  until: "2026-03-10T00:00:00.000Z",
  state: "trashed",
  pinned: false,
  sizeBytes: { min: 1000 },
  sharpness: { min: 0.2, max: 0.8 },
  brightness: { max: 0.5 },
};

test("a filter comes back from the address it was written to", () => {
  expect(filterFromSearch(new URLSearchParams(filterToSearch(full).toString()))).toEqual(full);
  expect(captureFilter.parse(full)).toEqual(full);
  expect(countOf(full)).toBe(10);
  expect(filterToSearch({}).toString()).toBe("");
});

test("what else stands in the address stays, what is no longer filtered goes", () => {
  const search = filterToSearch({ series: "a" }, new URLSearchParams("capture=1&shot=macro&sharp=0.1.."));
  expect(search.toString()).toBe("capture=1&series=a");
});

test.each([
  "device=me",
  "from=yesterday",
  "state=gone",
  "sharp=..",
  "sharp=a..b",
  "pinned=maybe",
  "size=5",
  "size=-1..",
  "sharp=1.2.3..",
  "until=2026-13-45T00:00:00Z",
  "series=",
])("%s is left out instead of breaking the page", (search) =>
  expect(filterFromSearch(new URLSearchParams(search))).toEqual({}),
);
