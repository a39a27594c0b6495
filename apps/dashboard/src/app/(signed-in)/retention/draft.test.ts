import { newRetentionPolicy } from "@pilab/schema";
import { expect, test } from "vitest";
import { type Draft, NEW_DRAFT, policyOf, problemOf, sentenceOf } from "./draft.ts";

test.each<[string, Partial<Draft>, RegExp | null]>([
  ["no rule at all", {}, /says nothing yet/],
  ["a grace that was emptied", { keep_days: 30, grace_days: null }, /stay in the trash/],
  ["thinning without its days", { thin_every: "hour", thin_keep: "sharpest" }, /After|after how many days/],
  ["days", { keep_days: 30 }, null],
  ["a number alone", { keep_last: 100, grace_days: 0 }, null],
  ["thinning alone", { thin_every: "day", thin_after_days: 2, thin_keep: "first" }, null],
  ["bytes alone", { max_bytes: 5e9 }, null],
])("a draft with %s is a policy exactly when the contract says so", (_, fields, problem) => {
  const draft = { ...NEW_DRAFT, ...fields };
  const said = problemOf(draft);
  if (problem === null) expect(said).toBeNull();
  else expect(said).toMatch(problem);
  if (draft.grace_days !== null) {
    expect(newRetentionPolicy.safeParse(policyOf(draft)).success).toBe(problem === null);
  }
});

test("a draft says itself as the worker would, with the device's name, and leaves out a thinning that is not complete", () => {
  const scopes = {
    devices: [{ id: "d", name: "Greenhouse left" }],
    series: [],
    shotTypes: [],
    bucket: null,
  };
  const draft: Draft = {
    ...NEW_DRAFT,
    device_id: "d",
    keep_days: 30,
    thin_every: "hour",
    thin_keep: "sharpest",
  };
  expect(sentenceOf(draft, scopes)).toBe(
    "Captures of device Greenhouse left are kept for 30 days; what is removed stays in the trash for 7 days.",
  );
});
