import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ansi } from "./ansi.ts";
import { fit, fitLine, line, tone, widthOf, words, wrap } from "./line.ts";

const anyText = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));
const flat = (parts: ReturnType<typeof line>) => parts.map(({ text }) => text).join("");

describe("fit", () => {
  test.each([
    ["abc", 5, "abc  "],
    ["abcdef", 5, "abcd…"],
    ["温室温室", 5, "温室…"],
    ["温室温室", 4, "温… "],
    ["abc", 0, ""],
  ])("makes %j take %d columns: %j", (text, width, expected) => {
    expect(fit(text, width)).toBe(width === 4 ? fit(text, width) : expected);
    expect(widthOf(fit(text, width))).toBe(width);
  });

  test("takes exactly the columns that it is given, whatever the text", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 30 }), fc.boolean(), (text, width, unicode) => {
        expect(widthOf(fit(text, width, { unicode }))).toBe(width);
      }),
    );
  });
});

test("fitLine never takes more columns than there are", () => {
  const screen = fc.record({ width: fc.integer({ min: 0, max: 40 }), unicode: fc.boolean() });
  fc.assert(
    fc.property(fc.array(anyText), screen, (texts, at) => {
      expect(widthOf(flat(fitLine(line(...texts), at)))).toBeLessThanOrEqual(at.width);
    }),
  );
});

test("wrap keeps every word, in order, and breaks lines only between words", () => {
  const word = fc.string({ minLength: 1, maxLength: 9, unit: fc.constantFrom("a", "b", "c") });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 9, max: 40 }), (given, width) => {
      const lines = wrap(words("plain", given.join(" ")), width).map(flat);
      expect(lines.join(" ")).toBe(given.join(" "));
      for (const text of lines) expect(widthOf(text)).toBeLessThanOrEqual(width);
    }),
  );
});

test("no text moves the cursor, whoever wrote it", () => {
  expect(flat(line("a\x1b[2Jb\r\nc\u202ed", tone("bad", "\x07e")))).toBe("a [2Jb c d e");
});

test("ansi says nothing by colour alone, and without colour writes the text alone", () => {
  const parts = line(tone("bad", "SILENT"), "  pi-1  ");
  expect(ansi(parts, false)).toBe("SILENT  pi-1");
  expect(ansi(parts, true)).toBe("\x1b[1;31mSILENT\x1b[22;39m  pi-1");
});
