/** How a device is: the one word that tiles, lists, metrics and alerts share. */
export type DeviceStateName = "ok" | "late" | "silent" | "paused" | "retired" | "never";

/** Every state, from who needs a person most to who needs nobody. */
export const DEVICE_STATES = ["silent", "late", "never", "ok", "paused", "retired"] as const;

/** What a device's state is decided from. */
export interface DeviceSigns {
  readonly device: {
    readonly expected_interval_s: number | null;
    readonly paused_until: string | null;
    readonly retired_at: string | null;
  };
  /** The last heartbeat. */
  readonly reportedAt: Date | null;
  /** When the server last received a capture, a repeat included. */
  readonly lastArrivalAt: Date | null;
}

/** An agent's heart beats each minute. */
const HEARTBEAT_LOST_MS = 10 * 60_000;

/** How long a device may be quiet: three expected intervals, at least ten minutes. */
export function silentAfterMs({ expected_interval_s }: { expected_interval_s: number | null }): number {
  return Math.max(3000 * (expected_interval_s ?? 0), HEARTBEAT_LOST_MS);
}

/**
 * Decides a device's state at `now`, which is the server's clock as the times are.
 * - `silent`: no sign of life, heartbeat or capture, for {@link silentAfterMs};
 * - `late`: not silent, but its captures are overdue by as much, or it lost its heartbeat ten minutes ago;
 * - `never`: no sign of life since it was made; `paused` and `retired` as people said.
 *
 * A device that has neither an agent nor an expected interval is never late: nothing is expected of it.
 */
export function deviceState({ device, reportedAt, lastArrivalAt }: DeviceSigns, now: Date): DeviceStateName {
  if (device.retired_at !== null) return "retired";
  const pauseEnd = device.paused_until === null ? 0 : Date.parse(device.paused_until);
  if (pauseEnd > now.getTime()) return "paused";
  const beat = reportedAt?.getTime() ?? 0;
  const arrival = lastArrivalAt?.getTime() ?? 0;
  if (Math.max(beat, arrival) === 0) return "never";
  // Quiet while it was paused is not held against it.
  const quietMs = (since: number) => now.getTime() - Math.max(since, pauseEnd);
  const isTimed = device.expected_interval_s !== null;
  const patienceMs = silentAfterMs(device);
  if ((isTimed || beat > 0) && quietMs(Math.max(beat, arrival)) > patienceMs) return "silent";
  if (isTimed && quietMs(arrival) > patienceMs) return "late";
  return beat > 0 && quietMs(Math.max(beat, arrival)) > HEARTBEAT_LOST_MS ? "late" : "ok";
}
