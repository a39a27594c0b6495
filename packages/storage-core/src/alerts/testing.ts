import type { AlertRow, AlertRuleRow } from "@pilab/schema";
import type { AlertInputs, ChannelInput, DeviceInput } from "./inputs.ts";

// What the tests of this folder are made of: a small lab in which nothing is wrong.

export const NOW = "2026-03-01T12:00:00.000Z";

export function minutesBefore(minutes: number, from: string = NOW): string {
  return new Date(Date.parse(from) - minutes * 60_000).toISOString();
}

export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

export function aRule(
  key: string,
  params: Record<string, number> = {},
  rest: Partial<AlertRuleRow> = {},
): AlertRuleRow {
  return {
    id: uuid([...key].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1e9),
    key,
    enabled: true,
    severity: "warning",
    params: { open_after_s: 0, resolve_after_s: 0, ...params },
    created_at: NOW,
    updated_at: NOW,
    ...rest,
  };
}

export function aStatus(
  fields: Partial<NonNullable<DeviceInput["status"]>> = {},
): NonNullable<DeviceInput["status"]> {
  return {
    device_id: uuid(1),
    reported_at: NOW,
    agent_version: "1.0.0",
    state: "idle",
    queue_files: 0,
    queue_bytes: 0,
    oldest_queued_at: null,
    quarantined_files: 0,
    last_quarantine_reason: null,
    uplink_bytes_per_s: null,
    disk_free_bytes: 50e9,
    disk_total_bytes: 100e9,
    card_bytes_written_today: 0,
    cpu_temp_c: 50,
    throttled: false,
    clock_synced: true,
    last_upload_at: null,
    last_error: null,
    instance: null,
    ...fields,
  };
}

export function aDevice(fields: Partial<DeviceInput> = {}): DeviceInput {
  return {
    id: uuid(1),
    slug: "pi-1",
    name: "Pi 1",
    expected_interval_s: null,
    paused_until: null,
    retired_at: null,
    created_at: "2026-01-01T00:00:00.000Z",
    status: aStatus(),
    last_arrival_at: NOW,
    uploads: { ok: 0, failed: 0 },
    past: null,
    quarantined_before: 0,
    instance_changes: 0,
    ...fields,
  };
}

export function aChannel(fields: Partial<ChannelInput> = {}): ChannelInput {
  return { id: uuid(900), name: "lab", enabled: true, min_severity: "warning", last: null, ...fields };
}

export function anAlert(fields: Partial<AlertRow> = {}): AlertRow {
  return {
    id: uuid(500),
    rule_id: uuid(2),
    rule_key: "device_hot",
    severity: "warning",
    subject_type: "device",
    subject_id: uuid(1),
    title: "Pi 1 is at 81.0 °C",
    detail: {},
    state: "open",
    held: false,
    opened_at: minutesBefore(10),
    last_seen_at: minutesBefore(1),
    acknowledged_at: null,
    acknowledged_by: null,
    silenced_until: null,
    silenced_by: null,
    resolved_at: null,
    resolved_because: null,
    ...fields,
  };
}

export function someInputs(fields: Partial<AlertInputs> = {}): AlertInputs {
  return {
    now: NOW,
    round: { number: 7, at: minutesBefore(0.5), watching_since: minutesBefore(600) },
    rules: [],
    alerts: [],
    counters: [],
    groups: [],
    channels: [],
    devices: [],
    buckets: [],
    checks: [],
    ...fields,
  };
}
