import { describe, expect, test } from "vitest";
import { DEVICE_RULES } from "./device-rules.ts";
import type { DeviceInput } from "./inputs.ts";
import { aDevice, aRule, aStatus, minutesBefore, NOW } from "./testing.ts";

const WATCHING = minutesBefore(600);

function verdict(
  key: string,
  params: Record<string, number>,
  device: Partial<DeviceInput>,
  { watchingSince = WATCHING as string | null, now = NOW } = {},
) {
  const judged = DEVICE_RULES[key]?.(
    {
      device: aDevice(device),
      now: new Date(now),
      watchingSince: watchingSince === null ? null : new Date(watchingSince),
    },
    aRule(key, params),
  );
  return typeof judged === "object" ? `${judged.severity}: ${judged.title}` : judged;
}

const beat = (minutes: number) => aStatus({ reported_at: minutesBefore(minutes) });

describe("device_silent", () => {
  test.each<[string, Partial<DeviceInput>, string]>([
    ["a heartbeat 9 minutes ago is not silence", { status: beat(9), last_arrival_at: null }, "fine"],
    [
      "nothing for 11 minutes is",
      { status: beat(11), last_arrival_at: null },
      "warning: Pi 1 has been silent for 11 min",
    ],
    ["a capture counts as a sign of life", { status: beat(60), last_arrival_at: minutesBefore(3) }, "fine"],
    [
      "three expected intervals may pass",
      { status: beat(100), last_arrival_at: minutesBefore(100), expected_interval_s: 3600 },
      "fine",
    ],
    [
      "more may not",
      { status: beat(181), last_arrival_at: minutesBefore(181), expected_interval_s: 3600 },
      "warning: Pi 1 has been silent for 3 h",
    ],
    ["a device that was never heard of is expected nowhere", { status: null, last_arrival_at: null }, "fine"],
    [
      "a host that uploads by hand is not expected",
      { status: null, last_arrival_at: minutesBefore(9000) },
      "fine",
    ],
    [
      "paused until a date",
      { status: beat(60), paused_until: "2026-03-02T00:00:00Z", last_arrival_at: null },
      "paused",
    ],
    [
      "quiet while it was paused is not held against it",
      { status: beat(600), paused_until: minutesBefore(5) },
      "fine",
    ],
    ["retired", { status: beat(60), retired_at: minutesBefore(60) }, "retired"],
  ])("%s", (_title, device, expected) => {
    expect(verdict("device_silent", {}, device)).toBe(expected);
  });

  test("is not judged before the worker has watched for ten minutes: after an outage each device gets the time to come back", () => {
    const device = { status: beat(500), last_arrival_at: null };
    expect(verdict("device_silent", {}, device, { watchingSince: minutesBefore(9) })).toBe("held");
    expect(verdict("device_silent", {}, device, { watchingSince: minutesBefore(10) })).toMatch(/^warning/);
    expect(verdict("device_silent", {}, device, { watchingSince: null }), "a single look").toMatch(
      /^warning/,
    );
  });

  test("finds a device whose last heartbeat is dated after a clock that went back", () => {
    const device = { status: aStatus({ reported_at: "2031-01-01T00:00:00Z" }), last_arrival_at: null };
    expect(verdict("device_silent", {}, device, { watchingSince: minutesBefore(5) })).toBe("fine");
    expect(verdict("device_silent", {}, device, { watchingSince: minutesBefore(11) })).toMatch(/^warning/);
  });
});

describe("captures_missing", () => {
  test.each<[string, Partial<DeviceInput>, string]>([
    ["nothing is expected without an interval", { last_arrival_at: minutesBefore(9000) }, "fine"],
    ["captures come", { expected_interval_s: 60, last_arrival_at: minutesBefore(9) }, "fine"],
    [
      "the camera died, the agent lives",
      { expected_interval_s: 60, last_arrival_at: minutesBefore(11) },
      "warning: Pi 1 is alive, but no capture has come for 11 min",
    ],
    [
      "its captures wait on its card",
      { expected_interval_s: 60, last_arrival_at: minutesBefore(11), status: aStatus({ queue_files: 40 }) },
      "warning: Pi 1 is alive, but no capture has come for 11 min; 40 wait on its card",
    ],
    [
      "none ever came",
      { expected_interval_s: 60, last_arrival_at: null, created_at: minutesBefore(60) },
      "warning: Pi 1 is alive, but no capture has come for 60 min",
    ],
    [
      "a device that is away is the other rule's",
      { expected_interval_s: 60, status: beat(30), last_arrival_at: minutesBefore(30) },
      "held",
    ],
  ])("%s", (_title, device, expected) => {
    expect(verdict("captures_missing", {}, device)).toBe(expected);
  });
});

describe("what a device says of itself", () => {
  const card = { within_h: 12 };
  const past = (queueBytes: number, minutes = 60) => ({
    reported_at: minutesBefore(minutes),
    queue_bytes: queueBytes,
    disk_free_bytes: 50e9,
  });
  const queue = (bytes: number, free = 10e9) => aStatus({ queue_bytes: bytes, disk_free_bytes: free });
  const disk = (free: number) => ({ status: aStatus({ disk_free_bytes: free, disk_total_bytes: 100 }) });
  const low = { free_share: 0.1, critical_free_share: 0.03 };
  const hot = { temp_c: 80, critical_temp_c: 85 };
  const temp = (cpu_temp_c: number | null) => ({ status: aStatus({ cpu_temp_c }) });
  const success = { min_share: 0.9, window_h: 24, min_files: 20 };

  test.each<[string, Record<string, number>, Partial<DeviceInput>, string]>([
    ["upload_success_low", success, { uploads: { ok: 18, failed: 2 } }, "fine"],
    ["upload_success_low", success, { uploads: { ok: 17, failed: 2 } }, "fine"],
    [
      "upload_success_low",
      success,
      { uploads: { ok: 89, failed: 11 } },
      "warning: Pi 1: 89 % of uploads succeeded in the last 24 h (11 of 100 attempts failed)",
    ],
    ["upload_success_low", success, { uploads: { ok: 0, failed: 0 } }, "fine"],
    [
      "backlog_fills_card",
      card,
      { status: queue(2e9), past: past(1e9) },
      "warning: Pi 1: captures that wait will fill the card in 10 h",
    ],
    ["backlog_fills_card", card, { status: queue(2e9, 13e9), past: past(1e9) }, "fine"],
    ["backlog_fills_card", card, { status: queue(1e9), past: past(2e9) }, "fine"],
    ["backlog_fills_card", card, { status: queue(2e9), past: null }, "fine"],
    ["disk_low", low, disk(10), "fine"],
    ["disk_low", low, disk(9), "warning: Pi 1: 9 bytes (9 %) of the card are free"],
    ["disk_low", low, disk(2), "critical: Pi 1: 2 bytes (2 %) of the card are free"],
    ["device_hot", hot, temp(79.9), "fine"],
    ["device_hot", hot, temp(80), "warning: Pi 1 is at 80.0 °C"],
    ["device_hot", hot, temp(85), "critical: Pi 1 is at 85.0 °C"],
    ["device_hot", hot, temp(null), "fine"],
    [
      "device_throttled",
      {},
      { status: aStatus({ throttled: true }) },
      "warning: Pi 1 slows down: it is too hot, or its supply is too weak",
    ],
    [
      "clock_unsynced",
      {},
      { status: aStatus({ clock_synced: false }) },
      "warning: Pi 1: its clock is not synchronised, so times of captures are not to be trusted",
    ],
    ["clock_unsynced", {}, { status: aStatus({ clock_synced: null }) }, "fine"],
    [
      "quarantine_growing",
      { files: 5, window_h: 24 },
      {
        status: aStatus({ quarantined_files: 104, last_quarantine_reason: "cut off" }),
        quarantined_before: 99,
      },
      "warning: Pi 1 set 5 files aside as no whole captures within 24 h: cut off",
    ],
    [
      "quarantine_growing",
      { files: 5, window_h: 24 },
      { status: aStatus({ quarantined_files: 104 }), quarantined_before: 100 },
      "fine",
    ],
    [
      "device_cloned",
      { changes: 6 },
      { instance_changes: 6 },
      "warning: Two machines work as Pi 1: a cloned card, or one account used twice",
    ],
    ["device_cloned", { changes: 6 }, { instance_changes: 2 }, "fine"],
  ])("%s: %j on %j", (key, params, device, expected) => {
    expect(verdict(key, params, device)).toBe(expected);
  });

  test("is held, not judged, while the device is away", () => {
    const away = {
      status: aStatus({ reported_at: minutesBefore(11), cpu_temp_c: 90 }),
      last_arrival_at: null,
    };
    expect(verdict("device_hot", hot, away)).toBe("held");
  });
});
