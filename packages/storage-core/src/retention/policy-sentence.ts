import type { RetentionPolicy } from "@pilab/schema";
import { bytesText, countText } from "./text.ts";

/** How a policy is called where its ids say nothing to people. */
export interface SentenceOptions {
  /** The name of the policy's device; default: its id. */
  deviceName?: string;
}

/** Says a policy in one sentence: what it is about, what it keeps, and how long the rest stays in the trash. */
export function policySentence(policy: RetentionPolicy, { deviceName }: SentenceOptions = {}): string {
  const device = deviceName ?? policy.device_id;
  const scope = [
    policy.shot_type && `shot type ${policy.shot_type}`,
    policy.series && `series ${policy.series}`,
    device && `device ${device}`,
    policy.bucket_id && `bucket ${policy.bucket_id}`,
  ].filter((part) => part !== null);
  const subject = scope.length === 0 ? "All captures" : `Captures of ${scope.join(", ")}`;
  const rules = [keepClause(policy), thinClause(policy), maxClause(policy)].filter((rule) => rule !== null);
  return `${policy.enabled ? "" : "Disabled: "}${subject} ${rules.join("; ")}; ${graceClause(policy)}.`;
}

function keepClause({ keep_days, keep_last }: RetentionPolicy): string {
  const age = keep_days === null ? null : `for ${countText(keep_days, "day")}`;
  const last = keep_last === null ? null : `the last ${countText(keep_last)} of each device and series`;
  if (age !== null && last !== null) return `are kept ${age}, and ${last} beyond that`;
  if (age !== null) return `are kept ${age}`;
  return last === null ? "are kept" : `are kept only while among ${last}`;
}

function thinClause({ thin_every, thin_after_days, thin_keep }: RetentionPolicy): string | null {
  if (thin_every === null || thin_after_days === null || thin_keep === null) return null;
  return `after ${countText(thin_after_days, "day")} only the ${thin_keep} of each ${thin_every}, device and series`;
}

function maxClause({ max_bytes }: RetentionPolicy): string | null {
  return max_bytes === null ? null : `beyond ${bytesText(max_bytes)} in all the oldest go`;
}

function graceClause({ grace_days }: RetentionPolicy): string {
  return grace_days === 0
    ? "what is removed cannot be restored"
    : `what is removed stays in the trash for ${countText(grace_days, "day")}`;
}
