import type { AlertRuleRow } from "@pilab/schema";
import { DEVICE_RULES } from "./device-rules.ts";
import type { AlertInputs } from "./inputs.ts";
import type { Judgement, Subject, Verdict } from "./judgement.ts";
import { BUCKET_RULES, judgeAuditLog, judgeChannel } from "./lab-rules.ts";

/** All rules on all subjects, at one moment. `watchingSince` null: a single look, to which no watch belongs. */
export function judge(inputs: AlertInputs, watchingSince: Date | null): Judgement[] {
  return inputs.rules
    .filter((rule) => rule.enabled)
    .flatMap((rule) =>
      verdicts(rule, inputs, watchingSince).map(([subject, verdict]) => ({ rule, subject, verdict })),
    );
}

function verdicts(rule: AlertRuleRow, inputs: AlertInputs, watchingSince: Date | null): [Subject, Verdict][] {
  const ofDevice = DEVICE_RULES[rule.key];
  if (ofDevice) {
    const now = new Date(inputs.now);
    return inputs.devices.map((device) => [
      { type: "device", id: device.id },
      ofDevice({ device, now, watchingSince }, rule),
    ]);
  }
  const ofBucket = BUCKET_RULES[rule.key];
  if (ofBucket) {
    return inputs.buckets.map((bucket) => [
      { type: "bucket", id: bucket.bucket_id },
      ofBucket(bucket, rule, inputs),
    ]);
  }
  if (rule.key === "audit_chain_broken")
    return [[{ type: "audit_log", id: "" }, judgeAuditLog(rule, inputs)]];
  if (rule.key === "channel_failing") {
    return inputs.channels.map((channel) => [
      { type: "channel", id: channel.id },
      judgeChannel(channel, rule),
    ]);
  }
  return []; // a rule of a newer version: its worker judges it
}
