import { type AlertRuleRow, SEVERITIES, type Severity } from "@pilab/schema";

/** What an alert is about. */
export interface Subject {
  readonly type: "device" | "bucket" | "audit_log" | "channel";
  readonly id: string;
}

/** A condition that holds now. */
export interface Finding {
  readonly severity: Severity;
  readonly title: string;
  readonly detail: Record<string, unknown>;
}

/**
 * What a rule says of a subject: what is wrong; `fine`; `held`, when its subject is away and nothing new is known; or `paused`
 * and `retired`, when nothing may be said.
 */
export type Verdict = Finding | "fine" | "held" | "paused" | "retired";

/** One rule's word on one subject. A subject on which no rule speaks is gone. */
export interface Judgement {
  readonly rule: AlertRuleRow;
  readonly subject: Subject;
  readonly verdict: Verdict;
}

/** Higher is worse. */
export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** The worse of two. */
export function worse(a: Severity, b: Severity): Severity {
  return rank(a) >= rank(b) ? a : b;
}

/** A limit of a rule. Its names are fixed in SQL, so one that is missing is a rule of another version. */
export function limit(rule: AlertRuleRow, name: string): number {
  const value = rule.params[name];
  if (value === undefined) throw new TypeError(`The rule ${rule.key} has no limit ${name}`);
  return value;
}
