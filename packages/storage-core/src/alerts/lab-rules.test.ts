import type { AlertRuleRow, CheckResultRow } from "@pilab/schema";
import { describe, expect, test } from "vitest";
import type { BucketInput, ChannelInput } from "./inputs.ts";
import { judge } from "./judge.ts";
import { aChannel, aRule, minutesBefore, NOW, someInputs, uuid } from "./testing.ts";

function verdict(
  rule: AlertRuleRow,
  of: { bucket?: Partial<BucketInput>; channel?: Partial<ChannelInput>; check?: Partial<CheckResultRow> },
) {
  const bucket: BucketInput = {
    bucket_id: "lab",
    quota_bytes: null,
    stored_bytes: null,
    run: null,
    ended_run: null,
    ...of.bucket,
  };
  const check = {
    check_name: "scrub",
    subject_id: "lab",
    ok: true,
    found: 0,
    detail: {},
    checked_at: NOW,
    ...of.check,
  } as const;
  const inputs = someInputs({
    rules: [rule],
    buckets: [bucket],
    channels: of.channel ? [aChannel(of.channel)] : [],
    checks: of.check ? [check] : [],
  });
  const [judged] = judge(inputs, null);
  const found = judged?.verdict;
  return typeof found === "object" ? `${found.severity}: ${found.title}` : found;
}

const full = aRule("bucket_full", { share: 0.8, critical_share: 0.95 });
const failed = aRule("retention_failed", { stuck_h: 1 }, { severity: "critical" });
const run = { id: uuid(1), updated_at: NOW, planned_files: 12_000, planned_bytes: 6e9 };
const ended = { id: uuid(1), failed_files: 0, error: null };
const failing = aRule("channel_failing", { attempts: 3 });

describe("rules about buckets, the audit log and channels", () => {
  test.each<[string, AlertRuleRow, Parameters<typeof verdict>[1], string | undefined]>([
    ["no quota", full, { bucket: {} }, "fine"],
    ["79 %", full, { bucket: { quota_bytes: 100, stored_bytes: 79 } }, "fine"],
    [
      "80 %",
      full,
      { bucket: { quota_bytes: 100e9, stored_bytes: 80e9 } },
      "warning: lab is 80 % full: 80 GB of 100 GB",
    ],
    [
      "95 %",
      full,
      { bucket: { quota_bytes: 100, stored_bytes: 95 } },
      "critical: lab is 95 % full: 95 bytes of 100 bytes",
    ],
    [
      "a run that failed",
      failed,
      { bucket: { ended_run: { ...ended, state: "failed" } } },
      "critical: The last retention run of lab failed",
    ],
    [
      "a run that could not remove some",
      failed,
      { bucket: { ended_run: { ...ended, state: "partly_done", failed_files: 3 } } },
      "warning: The last retention run of lab could not remove 3 captures",
    ],
    [
      "a run that left the rest for the next",
      failed,
      { bucket: { ended_run: { ...ended, state: "partly_done" } } },
      "fine",
    ],
    ["a run that moves", failed, { bucket: { run: { ...run, state: "running" } } }, "fine"],
    [
      "a run that stands still",
      failed,
      { bucket: { run: { ...run, state: "running", updated_at: minutesBefore(61) } } },
      "critical: The retention run of lab has not moved for 61 min",
    ],
    [
      "a run at the brake",
      aRule("retention_braked"),
      { bucket: { run: { ...run, state: "braked" } } },
      "warning: Retention of lab would remove 12,000 captures (6 GB) at once and waits for a confirmation",
    ],
    [
      "a run past the brake",
      aRule("retention_braked"),
      { bucket: { run: { ...run, state: "running" } } },
      "fine",
    ],
    ["no scrub yet", aRule("scrub_mismatch"), {}, "fine"],
    ["a scrub that found all well", aRule("scrub_mismatch"), { check: {} }, "fine"],
    [
      "a scrub that found damage",
      aRule("scrub_mismatch"),
      { check: { ok: false, found: 2 } },
      "warning: Scrub found 2 stored files of lab that are not what was catalogued",
    ],
    [
      "orphans",
      aRule("orphans_found", { files: 3 }),
      { check: { check_name: "orphans", ok: false, found: 3 } },
      "warning: Objects and records of lab do not match in 3 places",
    ],
    [
      "fewer orphans than matter",
      aRule("orphans_found", { files: 3 }),
      { check: { check_name: "orphans", ok: false, found: 2 } },
      "fine",
    ],
    [
      "a broken chain",
      aRule("audit_chain_broken"),
      { check: { check_name: "audit_chain", subject_id: "", ok: false, found: 1 } },
      "warning: The chain of the audit log is broken",
    ],
    [
      "a channel that works",
      failing,
      { channel: { last: { state: "sent", attempts: 5, last_error: null } } },
      "fine",
    ],
    [
      "a channel that is trying",
      failing,
      { channel: { last: { state: "pending", attempts: 2, last_error: "500" } } },
      "fine",
    ],
    [
      "a channel that does not work",
      failing,
      { channel: { last: { state: "pending", attempts: 3, last_error: "HTTP 500" } } },
      "warning: The channel lab does not work: HTTP 500",
    ],
    [
      "a channel that refused",
      failing,
      { channel: { last: { state: "failed", attempts: 1, last_error: "HTTP 404" } } },
      "warning: The channel lab does not work: HTTP 404",
    ],
    [
      "a channel that is off",
      failing,
      { channel: { enabled: false, last: { state: "failed", attempts: 1, last_error: "HTTP 404" } } },
      "fine",
    ],
    ["a rule of a newer version", aRule("rule_of_tomorrow"), {}, undefined],
    [
      "a rule that is off",
      { ...full, enabled: false },
      { bucket: { quota_bytes: 1, stored_bytes: 1 } },
      undefined,
    ],
  ])("%s", (_title, rule, of, expected) => {
    expect(verdict(rule, of)).toBe(expected);
  });
});
