import { expect, test } from "vitest";
import * as schema from "./index.ts";

test("exports exactly its public API", () => {
  expect(Object.keys(schema).sort()).toEqual(["ERRORS", "PilabError", "isPilabError"]);
});
