import type { AlertMessage, AlertRow } from "@pilab/schema";
import { rank, worse } from "./judgement.ts";
import { RULE_LABELS } from "./labels.ts";

/** What a message tells of an alert. */
export type MessageChange = AlertMessage["alerts"][number]["change"];

/** A message lists so many alerts and counts the rest: a phone shows no more, and chat services cut long ones. */
const LISTED_MAX = 20;

/** Puts what is to be told of one rule's alerts into one message. */
export function composeMessage(
  ruleKey: string,
  told: readonly (readonly [MessageChange, AlertRow])[],
): AlertMessage {
  const worstFirst = told.toSorted(
    ([changeA, a], [changeB, b]) =>
      Number(changeA === "resolved") - Number(changeB === "resolved") ||
      rank(b.severity) - rank(a.severity) ||
      Date.parse(b.opened_at) - Date.parse(a.opened_at),
  );
  const counts = { opened: 0, rose: 0, resolved: 0, still: 0 };
  for (const [change] of told) counts[change] += 1;
  const firing = told.filter(([change]) => change !== "resolved");
  const status = firing.length > 0 ? "firing" : "resolved";
  return {
    title: titleOf(ruleKey, worstFirst, counts),
    severity: (firing.length > 0 ? firing : told).map(([, { severity }]) => severity).reduce(worse),
    status,
    rule_key: ruleKey,
    alerts: worstFirst.slice(0, LISTED_MAX).map(([change, alert]) => {
      const { id, severity, title, subject_type, subject_id, opened_at, resolved_at, resolved_because } =
        alert;
      return {
        id,
        change,
        severity,
        title,
        subject_type,
        subject_id,
        opened_at,
        resolved_at,
        resolved_because,
      };
    }),
    more: Math.max(0, told.length - LISTED_MAX),
    counts,
  };
}

function titleOf(
  ruleKey: string,
  told: readonly (readonly [MessageChange, AlertRow])[],
  { opened, rose, resolved, still }: AlertMessage["counts"],
): string {
  const [first] = told;
  if (first !== undefined && told.length === 1) {
    const [change, alert] = first;
    return `${{ opened: "", rose: "Worse: ", resolved: "Resolved: ", still: "Still: " }[change]}${alert.title}`;
  }
  const label = RULE_LABELS[ruleKey] ?? ruleKey;
  const parts = [
    opened > 0 && `${opened} new`,
    rose > 0 && `${rose} worse`,
    resolved > 0 && `${resolved} resolved`,
    still > 0 && `${still} still open`,
  ];
  return `${label}: ${parts.filter((part) => part !== false).join(", ")}`;
}
