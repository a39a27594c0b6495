import { expect, test } from "vitest";
import * as core from "./index.ts";

test("the public API is exactly this", () => {
  expect(Object.keys(core).toSorted()).toEqual([
    "RetentionForecaster",
    "RetentionPlanner",
    "accountEnv",
    "applyPolicies",
    "checkBrake",
    "chooseCapturedAt",
    "createMemoryResumeStore",
    "createPilabAuth",
    "createPilabClient",
    "createPilabClientFromEnvironment",
    "dailyGrowth",
    "inspectCapture",
    "objectPath",
    "policySentence",
    "suggestBrakeShare",
    "thumbnailPlace",
  ]);
});
