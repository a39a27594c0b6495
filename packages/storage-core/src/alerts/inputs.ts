import { alertRow, alertRuleRow, checkResultRow, deviceStatusRow, SEVERITIES } from "@pilab/schema";
import { z } from "zod";

const timestamp = z.iso.datetime({ offset: true });
const bytes = z.number().nonnegative();

const deviceInput = z.object({
  id: z.uuid(),
  slug: z.string(),
  name: z.string(),
  expected_interval_s: z.number().nullable(),
  paused_until: timestamp.nullable(),
  retired_at: timestamp.nullable(),
  created_at: timestamp,
  status: deviceStatusRow.nullable(),
  last_arrival_at: timestamp.nullable(),
  /** Within upload_success_low's window_h. */
  uploads: z.object({ ok: z.number(), failed: z.number() }),
  /** A heartbeat at least half an hour older than the last. */
  past: z
    .object({ reported_at: timestamp, queue_bytes: bytes.nullable(), disk_free_bytes: bytes.nullable() })
    .nullable(),
  /** The fewest files in quarantine within quarantine_growing's window_h. */
  quarantined_before: z.number().nullable(),
  /** Within the last two hours. */
  instance_changes: z.number(),
});
/** A device as rules see it. */
export type DeviceInput = z.infer<typeof deviceInput>;

const bucketInput = z.object({
  bucket_id: z.string(),
  quota_bytes: bytes.nullable(),
  /** Null without a quota. */
  stored_bytes: bytes.nullable(),
  /** The newest run that was to change something. */
  run: z
    .object({
      id: z.uuid(),
      state: z.string(),
      updated_at: timestamp,
      planned_files: z.number(),
      planned_bytes: bytes,
    })
    .nullable(),
  /** The newest one that has ended. */
  ended_run: z
    .object({ id: z.uuid(), state: z.string(), failed_files: z.number(), error: z.unknown() })
    .nullable(),
});
/** A bucket as rules see it. */
export type BucketInput = z.infer<typeof bucketInput>;

const channelInput = z.object({
  id: z.uuid(),
  name: z.string(),
  enabled: z.boolean(),
  min_severity: z.enum(SEVERITIES),
  /** The message that it is trying to send, or tried last. */
  last: z.object({ state: z.string(), attempts: z.number(), last_error: z.string().nullable() }).nullable(),
});
/** A channel as rules and the planning of messages see it. */
export type ChannelInput = z.infer<typeof channelInput>;

const groupInput = z.object({
  channel_id: z.uuid(),
  group_key: z.string(),
  /** The alerts that the channel knows as open, with the severity it knows. */
  told: z.record(z.string(), z.enum(SEVERITIES)),
  told_at: timestamp,
});
/** What a channel was told of the alerts of one rule. */
export type GroupInput = z.infer<typeof groupInput>;

/** What `alert_inputs` answers: all that a round reads, as of one moment. */
export const alertInputs = z.object({
  now: timestamp,
  round: z.object({
    number: z.number(),
    at: timestamp.nullable(),
    watching_since: timestamp.nullable(),
  }),
  rules: z.array(alertRuleRow),
  alerts: z.array(alertRow),
  counters: z.array(z.object({ rule_key: z.string(), subject_id: z.string(), watched_s: z.number() })),
  groups: z.array(groupInput),
  channels: z.array(channelInput),
  devices: z.array(deviceInput),
  buckets: z.array(bucketInput),
  checks: z.array(checkResultRow),
});
/** See {@link alertInputs}. */
export type AlertInputs = z.infer<typeof alertInputs>;
