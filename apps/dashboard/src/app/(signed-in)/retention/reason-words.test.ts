import { expect, test } from "vitest";
import { reasonWords } from "./reason-words.ts";

test("the codes of a run are said in words, and what a person wrote stays as it is", () => {
  expect(reasonWords("older_than_keep_days,beyond_keep_last")).toBe(
    "older than its policy keeps; not among the last that its policy keeps",
  );
  expect(reasonWords("blurred, all of them")).toBe("blurred, all of them");
  expect(reasonWords(null)).toBe("by hand, with no reason given");
});
