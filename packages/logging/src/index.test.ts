import { expect, test } from "vitest";
import * as api from "./index.ts";

test("exports exactly its public API", () => {
  expect(Object.keys(api).sort()).toEqual([
    "REDACTED",
    "correlationId",
    "createLogger",
    "redactKeys",
    "redactText",
    "withCorrelation",
  ]);
});
