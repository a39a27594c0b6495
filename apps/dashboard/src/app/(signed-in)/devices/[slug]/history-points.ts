import type { DeviceHour } from "@pilab/storage-core";

/** An hour of a device's past, as charts draw it; null where no heartbeat told. */
export interface HistoryPoint {
  /** The start of the hour, as milliseconds. */
  readonly at: number;
  readonly waiting: number | null;
  /** Per cent of the card. */
  readonly free: number | null;
  readonly temperature: number | null;
}

const HOUR_MS = 3_600_000;

/** Every hour from the first to the last of a span, so that an hour without heartbeats is a gap and not a line across it. */
export function historyPoints(rows: readonly DeviceHour[], hours: number, nowMs: number): HistoryPoint[] {
  const byHour = new Map(rows.map((row) => [Date.parse(row.hour), row]));
  const last = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  return Array.from({ length: hours }, (_, index) => {
    const at = last - (hours - 1 - index) * HOUR_MS;
    const row = byHour.get(at);
    const free = row?.disk_free_bytes_min ?? row?.disk_free_bytes ?? null;
    return {
      at,
      waiting: row?.queue_files_max ?? row?.queue_files ?? null,
      free: free !== null && row?.disk_total_bytes ? (100 * free) / row.disk_total_bytes : null,
      temperature: row?.cpu_temp_c_max ?? null,
    };
  });
}

/** What an hour told of trouble that is no number, newest first. */
export function troubles(rows: readonly DeviceHour[]): { hour: string; what: string }[] {
  return rows
    .flatMap(({ hour, throttled, clock_unsynced, instance_changes }) => [
      ...(throttled ? [{ hour, what: "slowed itself down: heat or under-voltage" }] : []),
      ...(clock_unsynced ? [{ hour, what: "clock was not set" }] : []),
      ...(instance_changes > 0
        ? [
            {
              hour,
              what:
                instance_changes === 1
                  ? "started anew"
                  : `started anew ${instance_changes} times, or two machines share its account`,
            },
          ]
        : []),
    ])
    .toReversed();
}
