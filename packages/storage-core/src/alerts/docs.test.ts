import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { judge } from "./judge.ts";
import { RULE_LABELS } from "./labels.ts";
import { aChannel, aDevice, aRule, aStatus, minutesBefore, NOW, someInputs, uuid } from "./testing.ts";
import { NOTICE_TIMING } from "./timing.ts";

const root = join(import.meta.dirname, "../../../..");
const docs = readFileSync(join(root, "docs/alerts.md"), "utf8");
const migrations = join(root, "supabase/migrations");
const seed = readdirSync(migrations).find((name) => name.endsWith("_create_alert_rules.sql")) ?? "";

interface Default {
  readonly severity: string;
  readonly params: Record<string, number>;
}

const seeded: Record<string, Default> = Object.fromEntries(
  [...readFileSync(join(migrations, seed), "utf8").matchAll(/^ {2}\('(\w+)', '(\w+)', '(\{.*?\})'\)/gm)].map(
    ([, key = "", severity = "", params = ""]) => [
      key,
      { severity, params: JSON.parse(params) as Record<string, number> },
    ],
  ),
);

const documented: Record<string, Default> = Object.fromEntries(
  [...docs.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) ?\| (\d+) s \| (\d+) s \|$/gm)].map(
    ([, key = "", severity = "", limits = "", open, resolve]) => {
      const named = [...limits.matchAll(/`(\w+)` ([\d.]+)/g)].map(([, name = "", value]) => [
        name,
        Number(value),
      ]);
      const params = {
        ...Object.fromEntries(named),
        open_after_s: Number(open),
        resolve_after_s: Number(resolve),
      };
      return [key, { severity, params }];
    },
  ),
);

test("the table of docs/alerts.md is what a new lab starts with", () => {
  expect(Object.keys(seeded).length).toBeGreaterThan(10);
  expect(documented).toEqual(seeded);
});

test("each rule has a name and a part of docs/alerts.md", () => {
  expect(Object.keys(RULE_LABELS).toSorted()).toEqual(Object.keys(seeded).toSorted());
  const headings = docs.match(/^### .*$/gm)?.join() ?? "";
  for (const key of Object.keys(seeded)) expect(headings).toContain(key);
});

test("each rule finds something in a lab where all is wrong, by the limits that it starts with", () => {
  const rules = Object.entries(seeded).map(([key, { severity, params }]) =>
    aRule(key, params, { severity: severity as "info" }),
  );
  const silent = aDevice({
    id: uuid(2),
    last_arrival_at: null,
    status: aStatus({ reported_at: minutesBefore(60) }),
  });
  const failing = aDevice({
    expected_interval_s: 60,
    last_arrival_at: minutesBefore(60),
    uploads: { ok: 10, failed: 10 },
    past: { reported_at: minutesBefore(60), queue_bytes: 0, disk_free_bytes: 9e9 },
    instance_changes: 9,
    status: aStatus({
      cpu_temp_c: 90,
      throttled: true,
      clock_synced: false,
      quarantined_files: 9,
      queue_bytes: 5e9,
      disk_free_bytes: 1e9,
    }),
  });
  const run = { id: uuid(3), state: "braked", updated_at: NOW, planned_files: 9, planned_bytes: 9 };
  const ended_run = { id: uuid(4), state: "failed", failed_files: 0, error: null };
  const bucket = { bucket_id: "lab", quota_bytes: 100, stored_bytes: 99, run, ended_run };
  const check = { ok: false, found: 3, detail: {}, checked_at: NOW };
  const checks = [
    { ...check, check_name: "scrub", subject_id: "lab" } as const,
    { ...check, check_name: "orphans", subject_id: "lab" } as const,
    { ...check, check_name: "audit_chain", subject_id: "" } as const,
  ];
  const channels = [aChannel({ last: { state: "failed", attempts: 1, last_error: "HTTP 404" } })];
  const inputs = someInputs({ rules, devices: [silent, failing], buckets: [bucket], checks, channels });
  const found = judge(inputs, null).filter(({ verdict }) => typeof verdict === "object");
  expect([...new Set(found.map(({ rule }) => rule.key))].toSorted()).toEqual(Object.keys(seeded).toSorted());
});

test("the numbers of docs/alerts.md by which messages are held together are the code's", () => {
  const numbers = [...docs.matchAll(/^\| (group wait|group interval|repeat) \| (\d+) \|/gm)].map(
    ([, , value]) => Number(value),
  );
  expect(numbers).toEqual([NOTICE_TIMING.groupWaitS, NOTICE_TIMING.groupIntervalS, NOTICE_TIMING.repeatS]);
});
