import { describe, expect, test } from "vitest";
import { newRetentionPolicy, retentionPolicy } from "./index.ts";

const wrong = (policy: object) =>
  newRetentionPolicy.safeParse(policy).error?.issues.map(({ message }) => message);

describe("a policy is refused that", () => {
  test.each([
    ["has no rule", {}, "an empty policy: set at least one of keep_days, keep_last, thin_every, max_bytes"],
    ["has a scope and no rule", { series: "dish 7" }, "an empty policy: set at least one of"],
    ["thins without saying when", { thin_every: "hour", thin_keep: "first" }, "half a thinning: set all of"],
    [
      "says when to thin and not what to",
      { keep_days: 9, thin_after_days: 1 },
      "half a thinning: set all of",
    ],
    ["keeps nothing for any time", { keep_days: 0 }, "Too small"],
    ["keeps none of the last", { keep_last: 0 }, "Too small"],
    ["leaves no byte", { max_bytes: 0 }, "Too small"],
    ["has a rule nobody knows", { keep_days: 9, keep_weeks: 3 }, 'Unrecognized key: "keep_weeks"'],
    ["keeps part of a day", { keep_days: 1.5 }, "Invalid input"],
  ])("%s", (_, policy, message) => {
    expect(wrong(policy)).toEqual([expect.stringContaining(message)]);
  });
});

test("what a new policy leaves out is any scope, no rule, seven days in the trash, enabled", () => {
  const made = newRetentionPolicy.parse({ keep_days: 30 });
  expect(made).toMatchObject({
    bucket_id: null,
    series: null,
    keep_last: null,
    grace_days: 7,
    enabled: true,
  });
  expect(retentionPolicy.parse({ ...made, id: null })).toEqual({ ...made, id: null });
});
