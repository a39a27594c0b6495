import { z } from "zod";
import { count, jsonObject, timestamp } from "./fields.ts";

/** How bad an alert is, mildest first. */
export const SEVERITIES = ["info", "warning", "critical"] as const;
/** See {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

/** States of an alert. */
export const ALERT_STATES = ["open", "acknowledged", "resolved"] as const;

/** Why an alert resolved: its condition went, its device was paused or retired, its rule is off, its subject is no more. */
export const RESOLVED_BECAUSE = ["cleared", "paused", "retired", "rule_off", "gone"] as const;

const severity = z.enum(SEVERITIES);
const actor = z.string().max(200).nullable();

/** A row of `alert_rules`: the limits of one rule of the worker's. */
export const alertRuleRow = z.object({
  id: z.uuid(),
  key: z.string().regex(/^[a-z_]{1,60}$/),
  enabled: z.boolean(),
  severity,
  /** Numbers only; each rule's names never change. */
  params: z.record(z.string(), z.number().nonnegative()),
  created_at: timestamp,
  updated_at: timestamp,
});
/** See {@link alertRuleRow}. */
export type AlertRuleRow = z.infer<typeof alertRuleRow>;

/** What of a rule may be changed; params whole, with the names it has. */
export const alertRuleChange = alertRuleRow
  .pick({ enabled: true, severity: true, params: true })
  .partial()
  .strict();
/** See {@link alertRuleChange}. */
export type AlertRuleChange = z.infer<typeof alertRuleChange>;

/** A row of `alerts`. */
export const alertRow = z.object({
  id: z.uuid(),
  rule_id: z.uuid(),
  rule_key: z.string(),
  severity,
  /** device, bucket, audit_log or channel. */
  subject_type: z.string(),
  subject_id: z.string(),
  title: z.string().min(1).max(500),
  detail: jsonObject,
  state: z.enum(ALERT_STATES),
  /** True: its subject is away, so nothing new is known and nobody is told. */
  held: z.boolean(),
  opened_at: timestamp,
  last_seen_at: timestamp,
  acknowledged_at: timestamp.nullable(),
  acknowledged_by: actor,
  silenced_until: timestamp.nullable(),
  silenced_by: actor,
  resolved_at: timestamp.nullable(),
  resolved_because: z.enum(RESOLVED_BECAUSE).nullable(),
});
/** See {@link alertRow}. */
export type AlertRow = z.infer<typeof alertRow>;

/** Kinds of channels. */
export const CHANNEL_KINDS = ["webhook", "ntfy", "slack", "email"] as const;
/** See {@link CHANNEL_KINDS}. */
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

const channelName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
  error: "1 to 63 lower-case letters, digits and hyphens",
});
const secretEnv = z.string().regex(/^ALERT_[A-Z0-9_]{1,80}$/, {
  error: "the name of a variable of the worker's environment that begins with ALERT_, not the secret itself",
});

/** A row of `alert_channels`. It holds no secret. */
export const alertChannelRow = z.object({
  id: z.uuid(),
  name: channelName,
  kind: z.enum(CHANNEL_KINDS),
  enabled: z.boolean(),
  min_severity: severity,
  config: jsonObject,
  secret_env: secretEnv.nullable(),
  created_at: timestamp,
  updated_at: timestamp,
});
/** See {@link alertChannelRow}. */
export type AlertChannelRow = z.infer<typeof alertChannelRow>;

const address = z
  .url({ protocol: /^https?$/, error: "an http(s) URL" })
  .refine((url) => new URL(url).username === "", {
    error: "a URL without user and password: anyone who may view reads it",
  });

/** Each kind's `config` and what its `secret_env` names. */
export const channelConfig = z.discriminatedUnion("kind", [
  /** Signed as Standard Webhooks say; the secret is the signing key, `whsec_…`. */
  z.object({
    kind: z.literal("webhook"),
    config: z.object({ url: address }).strict(),
    secret_env: secretEnv,
  }),
  /** The URL ends with the topic; the secret is an access token, where the server asks for one. */
  z.object({
    kind: z.literal("ntfy"),
    config: z.object({ url: address }).strict(),
    secret_env: secretEnv.nullable().default(null),
  }),
  /** An incoming webhook of Slack, Mattermost or Rocket.Chat; its URL is the secret. */
  z.object({ kind: z.literal("slack"), config: z.object({}).strict().default({}), secret_env: secretEnv }),
  /** The secret is the server: `smtps://user:password@host:465`. */
  z.object({
    kind: z.literal("email"),
    config: z.object({ from: z.email(), to: z.array(z.email()).min(1).max(50) }).strict(),
    secret_env: secretEnv,
  }),
]);

/** What makes a channel. */
export const newAlertChannel = z
  .object({
    name: channelName,
    enabled: z.boolean().default(true),
    min_severity: severity.default("warning"),
  })
  .and(channelConfig);
/** See {@link newAlertChannel}. */
export type NewAlertChannel = z.input<typeof newAlertChannel>;

/** What is told of a group of alerts, or of a test. */
export const alertMessage = z.object({
  /** One line: what, and how many. */
  title: z.string(),
  severity,
  /** resolved: all that it tells of is over. */
  status: z.enum(["firing", "resolved", "test"]),
  rule_key: z.string(),
  /** The worst and newest; `more` says how many are left out. */
  alerts: z.array(
    z.object({
      id: z.uuid(),
      change: z.enum(["opened", "rose", "resolved", "still"]),
      severity,
      title: z.string(),
      subject_type: z.string(),
      subject_id: z.string(),
      opened_at: timestamp,
      resolved_at: timestamp.nullable(),
      resolved_because: z.enum(RESOLVED_BECAUSE).nullable(),
    }),
  ),
  more: count,
  counts: z.object({ opened: count, rose: count, resolved: count, still: count }),
});
/** See {@link alertMessage}. */
export type AlertMessage = z.infer<typeof alertMessage>;

/** A row of `alert_deliveries`: a message on its way to one channel, or there. Its id is the webhook-id. */
export const alertDeliveryRow = z.object({
  id: z.uuid(),
  channel_id: z.uuid(),
  kind: z.enum(["alert", "repeat", "test"]),
  group_key: z.string(),
  message: alertMessage,
  state: z.enum(["pending", "sent", "failed"]),
  attempts: count,
  next_attempt_at: timestamp,
  last_error: z.string().max(1000).nullable(),
  created_at: timestamp,
  sent_at: timestamp.nullable(),
});
/** See {@link alertDeliveryRow}. */
export type AlertDeliveryRow = z.infer<typeof alertDeliveryRow>;
