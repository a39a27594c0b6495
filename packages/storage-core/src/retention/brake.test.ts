import { describe, expect, test } from "vitest";
import { checkBrake, suggestBrakeShare } from "./brake.ts";
import type { PlanTally } from "./decision.ts";
import { idOf, policy } from "./testing.ts";

function tally(removedFiles: number, liveFiles: number, more: Partial<PlanTally> = {}): PlanTally {
  const bytes = { removedBytes: removedFiles * 1e6, liveBytes: liveFiles * 1e6 };
  const plain = { bucketId: "pilab-dev", policy: policy({ keep_days: 9 }), heldFiles: 0, heldBytes: 0 };
  return { ...plain, removedFiles, liveFiles, ...bytes, ...more };
}

const limits = { share: 0.25, files: null };
const own = (brake_share: number) => policy({ keep_days: 1, brake_share, id: idOf(7) });

describe("a plan runs by itself", () => {
  test.each([
    ["that removes nothing", [tally(0, 0)]],
    ["that removes just the share", [tally(25, 100)]],
    ["whose policy is small beside the bucket", [tally(10, 10), tally(0, 90, { policy: null })]],
    ["whose policy carries a wider brake", [tally(50, 100, { policy: own(0.5) })]],
  ])("%s", (_, tallies) => {
    expect(checkBrake(tallies, limits)).toEqual({ held: false });
  });
});

describe("a plan is held", () => {
  test.each([
    [
      "that removes more than the share by number, policies together",
      [tally(13, 50), tally(13, 50)],
      "removes 26 % of the bucket's captures by number, more than 25 %",
    ],
    [
      "that removes more than the share by bytes",
      [tally(1, 100, { removedBytes: 251, liveBytes: 1000 })],
      "removes 25.1 % of the bucket's captures by bytes, more than 25 %",
    ],
    [
      "whose policy removes more than its own brake lets pass, however small beside the bucket",
      [tally(51, 100, { policy: own(0.5) }), tally(0, 9900, { policy: null })],
      `removes 51 % of the captures of policy ${idOf(7)} by number, more than 50 %`,
    ],
  ])("%s", (_, tallies, reason) => {
    expect(checkBrake(tallies, limits)).toEqual({ held: true, reasons: [reason] });
  });

  test("that removes more captures than the number, whatever brakes its policies carry", () => {
    const tallies = [tally(1500, 3000, { policy: own(1) })];
    expect(checkBrake(tallies, { share: 1, files: 1500 })).toEqual({ held: false });
    expect(checkBrake(tallies, { share: 1, files: 1499 })).toEqual({
      held: true,
      reasons: ["removes 1,500 captures, more than 1,499"],
    });
  });
});

test("a policy's own brake is twice its steady day, at least a quarter, at most all", () => {
  expect([0, 0.1, 0.2, 0.5, 0.9].map(suggestBrakeShare)).toEqual([0.25, 0.25, 0.4, 1, 1]);
});
