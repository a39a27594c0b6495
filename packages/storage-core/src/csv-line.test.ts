import { expect, test } from "vitest";
import { csvLine } from "./csv-line.ts";

test.each([
  ["a quote is doubled", ['say "hi"'], '"say ""hi"""'],
  ["commas and line breaks stay inside a cell", ["a,b", "c\r\nd"], '"a,b","c\r\nd"'],
  ["numbers stay numbers, below zero too", [-12, 0.5, true], "-12,0.5,true"],
  ["nothing is an empty cell", [null, undefined, ""], ',,""'],
  ["an object is its JSON", [{ iso: 100 }], '"{""iso"":100}"'],
  ["letters of any script stay", ["Ärger 実験"], '"Ärger 実験"'],
])("%s", (_, values, line) => {
  expect(csvLine(values)).toBe(`${line}\r\n`);
});

test.each(["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "\rx", "\n=x", "  =cmd|'/c calc'!A0", "\uff1d1"])(
  "%j is text to a spreadsheet, not a formula",
  (text) => {
    expect(csvLine([text])).toBe(`"'${text}"\r\n`);
  },
);
