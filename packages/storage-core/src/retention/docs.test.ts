import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NewRetentionPolicy } from "@pilab/schema";
import { describe, expect, test } from "vitest";
import { applyPolicies } from "./apply-policies.ts";
import type { RetentionCapture } from "./entry.ts";
import { policySentence } from "./policy-sentence.ts";
import { capture, idOf, PI_1, policy } from "./testing.ts";

const docs = readFileSync(join(import.meta.dirname, "../../../../docs/retention.md"), "utf8");

const sentences = [...docs.matchAll(/```json\n(\{[^`]*\})\n```\n\n> (.*)\n/g)].map(
  ([, json, sentence]) => [sentence as string, JSON.parse(json as string) as NewRetentionPolicy] as const,
);
const examples = [
  ...docs.matchAll(/<!-- example: now (\S+), lab in ([\w/]+).*?-->\n\n```json\n(.*?)```\n\n(\|.*?)\n\n/gs),
].map(([, now, timeZone, json, table]) => ({
  now: new Date(now as string),
  timeZone: timeZone as string,
  policies: JSON.parse(json as string) as NewRetentionPolicy[],
  rows: rowsOf(table as string),
}));

type Row = Record<string, string>;

function rowsOf(table: string): Row[] {
  const [head = [], , ...rows] = table.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return rows.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ""])));
}

function captureOf(row: Row, at: number): RetentionCapture {
  return capture(at, row.taken as string, {
    created_at: row.received ?? (row.taken as string),
    captured_at_trusted: row.trusted !== "no",
    sharpness: row.sharpness ? Number(row.sharpness) : null,
    series: row.series || null,
    shot_type: row["shot type"] || null,
    pinned_at: row.pinned === "yes" ? "2026-01-01T00:00:00Z" : null,
  });
}

test("docs/retention.md has the examples that are tested here", () => {
  expect([sentences.length, examples.length]).toEqual([4, 4]);
});

test.each(sentences)("a policy prints itself: %s", (sentence, fields) => {
  expect(policySentence(policy(fields))).toBe(sentence);
});

test.each(examples)(
  "the documented run is what is decided: $policies",
  ({ now, timeZone, policies, rows }) => {
    const { keep, remove } = applyPolicies(rows.map(captureOf), {
      now,
      timeZone,
      policies: policies.map((fields) => policy(fields)),
    });
    const byId = new Map([...keep, ...remove].map((decision) => [decision.id, decision]));
    const decided = rows.map((row, at) => {
      const { action, reasons } = byId.get(idOf(at)) ?? { action: "none", reasons: [] };
      return { ...row, decision: action, why: reasons.map(({ words }) => words).join("; ") };
    });
    expect(decided).toEqual(rows);
  },
);

describe("a sentence", () => {
  test("names the device as people do, and says that a policy is disabled", () => {
    const fields = { device_id: PI_1, keep_days: 1, enabled: false };
    expect(policySentence(policy(fields), { deviceName: "greenhouse 1" })).toBe(
      "Disabled: Captures of device greenhouse 1 are kept for 1 day; what is removed stays in the trash for 7 days.",
    );
    expect(policySentence(policy(fields))).toContain(`device ${PI_1}`);
  });
});
