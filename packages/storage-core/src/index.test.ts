import { expect, test } from "vitest";
import * as core from "./index.ts";

test("the public API is exactly this", () => {
  expect(Object.keys(core).toSorted()).toEqual([
    "DEVICE_STATES",
    "RetentionForecaster",
    "RetentionPlanner",
    "accountEnv",
    "applyPolicies",
    "bytesText",
    "checkBrake",
    "chooseCapturedAt",
    "countText",
    "createGrace",
    "createMemoryResumeStore",
    "createPilabAuth",
    "createPilabClient",
    "createPilabClientFromEnvironment",
    "dailyGrowth",
    "deviceState",
    "forecastFull",
    "inspectCapture",
    "objectPath",
    "policySentence",
    "silentAfterMs",
    "successRate",
    "suggestBrakeShare",
    "thumbnailPlace",
  ]);
});
