import type { AlertRuleRow, CheckResultRow } from "@pilab/schema";
import { bytesText, countText } from "../retention/text.ts";
import type { AlertInputs, BucketInput, ChannelInput } from "./inputs.ts";
import { type Finding, limit, rank, type Verdict, worse } from "./judgement.ts";
import { percentText, spanText } from "./text.ts";

/** What each rule about buckets says of one. */
export const BUCKET_RULES: Record<
  string,
  (bucket: BucketInput, rule: AlertRuleRow, inputs: AlertInputs) => Verdict
> = {
  bucket_full: ({ bucket_id, quota_bytes, stored_bytes }, rule) => {
    if (quota_bytes === null || stored_bytes === null) return "fine";
    const share = stored_bytes / quota_bytes;
    if (share < limit(rule, "share")) return "fine";
    const severity =
      share >= limit(rule, "critical_share") ? worse(rule.severity, "critical") : rule.severity;
    const title = `${bucket_id} is ${percentText(share)} full: ${bytesText(stored_bytes)} of ${bytesText(quota_bytes)}`;
    return { severity, title, detail: { stored_bytes, quota_bytes } };
  },

  retention_failed: ({ bucket_id, run, ended_run: ended }, rule, { now }) => {
    const quietMs = run === null ? 0 : Date.parse(now) - Date.parse(run.updated_at);
    if (run?.state === "running" && quietMs > limit(rule, "stuck_h") * 3_600_000) {
      const title = `The retention run of ${bucket_id} has not moved for ${spanText(quietMs)}`;
      return { severity: rule.severity, title, detail: { run_id: run.id, state: run.state } };
    }
    if (ended?.state === "failed") {
      const title = `The last retention run of ${bucket_id} failed`;
      return { severity: rule.severity, title, detail: { run_id: ended.id, error: ended.error } };
    }
    if (ended?.state === "partly_done" && ended.failed_files > 0) {
      const severity = rank(rule.severity) > rank("warning") ? "warning" : rule.severity;
      const title = `The last retention run of ${bucket_id} could not remove ${ended.failed_files} captures`;
      return {
        severity,
        title,
        detail: { run_id: ended.id, failed_files: ended.failed_files, error: ended.error },
      };
    }
    return "fine";
  },

  retention_braked: ({ bucket_id, run }, rule) => {
    if (run?.state !== "braked") return "fine";
    const what = `${countText(run.planned_files)} captures (${bytesText(run.planned_bytes)})`;
    return {
      severity: rule.severity,
      title: `Retention of ${bucket_id} would remove ${what} at once and waits for a confirmation`,
      detail: { run_id: run.id, planned_files: run.planned_files, planned_bytes: run.planned_bytes },
    };
  },

  scrub_mismatch: ({ bucket_id }, rule, inputs) =>
    checked(
      rule,
      checkOf(inputs, "scrub", bucket_id),
      (found) =>
        `Scrub found ${found} stored ${found === 1 ? "file" : "files"} of ${bucket_id} that are not what was catalogued`,
    ),

  orphans_found: ({ bucket_id }, rule, inputs) => {
    const result = checkOf(inputs, "orphans", bucket_id);
    if (result !== undefined && result.found < limit(rule, "files")) return "fine";
    return checked(
      rule,
      result,
      (found) => `Objects and records of ${bucket_id} do not match in ${found} places`,
    );
  },
};

/** What the rule about the audit log says. */
export function judgeAuditLog(rule: AlertRuleRow, inputs: AlertInputs): Verdict {
  return checked(rule, checkOf(inputs, "audit_chain", ""), () => "The chain of the audit log is broken");
}

/** What the rule about channels says of one: messages that nobody gets are told on the others, and on pages. */
export function judgeChannel({ name, enabled, last }: ChannelInput, rule: AlertRuleRow): Verdict {
  const isFailing =
    last?.state === "failed" || (last?.state === "pending" && last.attempts >= limit(rule, "attempts"));
  if (!enabled || !isFailing || last.last_error === null) return "fine";
  const detail = { attempts: last.attempts, last_error: last.last_error };
  return {
    severity: rule.severity,
    title: `The channel ${name} does not work: ${last.last_error}`.slice(0, 500),
    detail,
  };
}

function checkOf(
  inputs: AlertInputs,
  name: CheckResultRow["check_name"],
  subjectId: string,
): CheckResultRow | undefined {
  return inputs.checks.find((check) => check.check_name === name && check.subject_id === subjectId);
}

function checked(
  { severity }: AlertRuleRow,
  result: CheckResultRow | undefined,
  title: (found: number) => string,
): Finding | "fine" {
  if (result === undefined || result.ok) return "fine";
  const { found, checked_at, detail } = result;
  return { severity, title: title(found), detail: { ...detail, found, checked_at } };
}
