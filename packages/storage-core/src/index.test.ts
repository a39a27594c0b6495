import { expect, test } from "vitest";
import * as core from "./index.ts";

test("the public API is exactly this", () => {
  expect(Object.keys(core).toSorted()).toEqual([
    "accountEnv",
    "chooseCapturedAt",
    "createMemoryResumeStore",
    "createPilabClient",
    "createPilabClientFromEnvironment",
    "inspectCapture",
    "objectPath",
    "thumbnailPlace",
  ]);
});
