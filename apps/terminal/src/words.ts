import { DEVICE_STATES, type DeviceStateName, type DeviceWithStatus } from "@pilab/storage-core";
import { needsOf } from "@pilab/storage-core/words";
import type { Tone } from "./line.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Bytes in powers of 1000, as disks are sold, in at most seven columns: `1.25 GB`. */
export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count * 1.0005) / 3));
  const value = count / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)} ${UNITS[power]}`;
}

/** A count with groups of three. */
export function number(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A share of 1 as per cent; what is not quite all never reads as 100 %. */
export function percent(share: number): string {
  if (share > 0.999 && share < 1) return "> 99.9 %";
  return `${Number((share * 100).toFixed(1))} %`;
}

/** A length of time by its largest unit: `45 s`, `3 min`, `5 h`, `12 d`. */
export function duration(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  return s < 2 * 86_400 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86_400)} d`;
}

/** How long before `nowMs` a time was; `-` when it never was. */
export function age(time: string | null | undefined, nowMs: number): string {
  return time == null ? "-" : duration(nowMs - Date.parse(time));
}

/** How a device is, in a word: `trouble` is said of one whose captures arrive as they should, and which needs a person. */
export type Standing = DeviceStateName | "trouble";

/** Every standing, from who needs a person most to who needs nobody. */
export const STANDINGS: readonly Standing[] = [
  ...new Set<Standing>(["silent", "late", "trouble", ...DEVICE_STATES]),
];

/** See {@link Standing}. */
export function standingOf(device: DeviceWithStatus): Standing {
  return device.state === "ok" && needsOf(device).length > 0 ? "trouble" : device.state;
}

/** What a device's standing looks like. */
export const STANDING_TONES: Record<Standing, Tone> = {
  silent: "bad",
  late: "warn",
  trouble: "warn",
  never: "warn",
  ok: "good",
  paused: "dim",
  retired: "dim",
};

/** What a device needs, the worst first: nothing, when all is well. */
export function notes(device: DeviceWithStatus): string {
  const words = needsOf(device).map(({ about, short }) =>
    about === "agent" ? `${short}: ${device.status?.last_error}` : short,
  );
  return words.join("; ");
}
