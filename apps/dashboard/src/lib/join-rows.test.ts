import { expect, test } from "vitest";
import { joinRows } from "./join-rows.ts";

const rows = (ids: string) => [...ids].map((id) => ({ id }));
const join = (first: string, read: string) => {
  const joined = joinRows(rows(first), rows(read));
  return [joined.rows.map(({ id }) => id).join(""), joined.joins];
};

test.each([
  ["nothing changed", "fed", "fedcba", "fedcba", true],
  ["new rows push others out of the first page", "hgf", "fedcba", "hgfedcba", true],
  ["a row went, the next moved up", "fdc", "fedcba", "fdcba", true],
  ["an old row came up", "bfe", "fedcba", "bfedca", true],
  ["a row after the first page stays as it was read", "fed", "fedcxa", "fedcxa", true],
  ["more came than a page holds", "zyx", "fedcba", "zyx", false],
  ["all went", "", "fedcba", "", false],
])("%s", (_what, first, read, shown, joins) => expect(join(first, read)).toEqual([shown, joins]));
