import { expect, test } from "vitest";
import type { DeviceWithStatus } from "../fleet/devices-overview.ts";
import { byUrgency, needsOf } from "./device-needs.ts";

const NOW = "2026-11-24T12:00:00+00:00";
const minutesAgo = (minutes: number) => new Date(Date.parse(NOW) - minutes * 60_000).toISOString();
const STATUS = {
  device_id: "00000000-0000-4000-8000-000000000001",
  reported_at: minutesAgo(1),
  agent_version: "0.1.0",
  state: "idle",
  queue_files: 0,
  queue_bytes: 0,
  oldest_queued_at: null,
  quarantined_files: 0,
  last_quarantine_reason: null,
  uplink_bytes_per_s: null,
  disk_free_bytes: 20e9,
  disk_total_bytes: 32e9,
  card_bytes_written_today: 1e6,
  cpu_temp_c: 50,
  throttled: false,
  clock_synced: true,
  last_upload_at: minutesAgo(2),
  last_error: null,
  instance: null,
};

function device(
  state: DeviceWithStatus["state"],
  status: Partial<typeof STATUS> | null = {},
  instance_changes = 0,
): DeviceWithStatus {
  return {
    id: STATUS.device_id,
    slug: state,
    name: state,
    user_id: null,
    time_zone: "UTC",
    expected_interval_s: 60,
    series: null,
    shot_type: null,
    paused_until: null,
    created_at: minutesAgo(1000),
    retired_at: null,
    status: status && { ...STATUS, ...status },
    last_capture: null,
    last_arrival_at: minutesAgo(2),
    instance_changes,
    state,
    read_at: NOW,
  };
}
const shorts = (of: DeviceWithStatus) => needsOf(of).map(({ tone, short }) => `${tone}: ${short}`);

test("a device in order needs nobody, nor does one that was never seen, or is retired in whatever state", () => {
  expect(needsOf(device("ok"))).toEqual([]);
  expect(needsOf(device("never", null))).toEqual([]);
  expect(needsOf(device("retired", { cpu_temp_c: 90, throttled: true }))).toEqual([]);
});

test.each([
  [{ disk_free_bytes: 3e9 }, "warning: Card nearly full"],
  [{ disk_free_bytes: 0.5e9 }, "critical: Card nearly full"],
  [{ cpu_temp_c: 80 }, "warning: Too hot"],
  [{ cpu_temp_c: 86 }, "critical: Too hot"],
  [{ throttled: true }, "warning: Slowed down"],
  [{ clock_synced: false }, "warning: Clock not set"],
  [{ queue_files: 30, oldest_queued_at: minutesAgo(61) }, "warning: Backlog"],
  [{ quarantined_files: 1 }, "warning: Quarantine"],
  [{ last_error: "no route to host" }, "warning: Agent's complaint"],
])("%j is told", (status, told) => {
  expect(shorts(device("ok", status as Partial<typeof STATUS>))).toEqual([told]);
});

test("two machines with one identity are told of; some restarts in a row are none", () => {
  expect(shorts(device("ok", {}, 6))).toEqual(["critical: Two machines"]);
  expect(shorts(device("ok", {}, 5))).toEqual([]);
});

test("a backlog of minutes, and what a heartbeat did not say, are no needs", () => {
  const silentOnAll = { disk_free_bytes: null, cpu_temp_c: null, throttled: null, clock_synced: null };
  const status = { queue_files: 30, oldest_queued_at: minutesAgo(10), ...silentOnAll } as object;
  expect(needsOf(device("ok", status))).toEqual([]);
});

test("late is told by its cause: no pictures from a Pi that beats, or no beats", () => {
  expect(shorts(device("late"))).toEqual(["warning: Pictures overdue"]);
  expect(shorts(device("late", { reported_at: minutesAgo(30) }))).toEqual(["warning: Heartbeat lost"]);
  expect(shorts(device("silent", { reported_at: minutesAgo(300) }))).toEqual(["critical: No sign of life"]);
});

test("who needs a person most stands first, whatever its state's word", () => {
  const full = device("ok", { disk_free_bytes: 0 });
  const hot = device("paused", { cpu_temp_c: 81 });
  const [ok, never, retired] = [device("ok"), device("never", null), device("retired")];
  const [silent, late] = [device("silent"), device("late")];
  expect(byUrgency([ok, retired, never, hot, late, full, silent])).toEqual([
    silent,
    full,
    late,
    hot,
    never,
    ok,
    retired,
  ]);
});
