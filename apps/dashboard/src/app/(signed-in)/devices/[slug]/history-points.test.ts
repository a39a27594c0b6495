import type { DeviceHour } from "@pilab/storage-core";
import { expect, test } from "vitest";
import { historyPoints, troubles } from "./history-points.ts";

const NOW = Date.parse("2026-11-24T12:34:00Z");
const hour = (hoursAgo: number, more: Partial<DeviceHour>): DeviceHour =>
  ({
    hour: new Date(Date.parse("2026-11-24T12:00:00Z") - hoursAgo * 3_600_000).toISOString(),
    queue_files: null,
    queue_files_max: null,
    disk_free_bytes: null,
    disk_free_bytes_min: null,
    disk_total_bytes: null,
    cpu_temp_c_max: null,
    throttled: null,
    clock_unsynced: null,
    instance_changes: 0,
    ...more,
  }) as DeviceHour;

test("each hour has a point, and one without a heartbeat is a gap", () => {
  const rows = [
    hour(2, { queue_files_max: 7, queue_files: 2, cpu_temp_c_max: 51 }),
    hour(0, { queue_files: 3, disk_free_bytes_min: 8e9, disk_free_bytes: 9e9, disk_total_bytes: 32e9 }),
  ];
  expect(historyPoints(rows, 4, NOW)).toEqual([
    { at: Date.parse("2026-11-24T09:00:00Z"), waiting: null, free: null, temperature: null },
    { at: Date.parse("2026-11-24T10:00:00Z"), waiting: 7, free: null, temperature: 51 },
    { at: Date.parse("2026-11-24T11:00:00Z"), waiting: null, free: null, temperature: null },
    { at: Date.parse("2026-11-24T12:00:00Z"), waiting: 3, free: 25, temperature: null },
  ]);
});

test("what went wrong in an hour is told, the newest first", () => {
  const rows = [hour(3, { throttled: true }), hour(1, { clock_unsynced: true, instance_changes: 4 })];
  expect(troubles(rows).map(({ what }) => what)).toEqual([
    "started anew 4 times, or two machines share its account",
    "clock was not set",
    "slowed itself down: heat or under-voltage",
  ]);
});
