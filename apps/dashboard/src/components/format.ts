import { dateFormat } from "../lib/date-format.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Bytes for people, in powers of 1000 as disks are sold: `1.25 GB`. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${bytes < 0 ? "−" : ""}${value.toFixed(digits)} ${UNITS[unit]}`;
}

const counts = new Intl.NumberFormat("en-GB");

/** A count with groups of three: `1,234,567`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** A share of 1 as per cent; what is not quite all never reads as 100 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 99.9 && percent < 100) return "> 99.9 %";
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  return `${Number(percent.toFixed(1))} %`;
}

const STEPS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400 * 365, "y"],
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
];

/** A length of time by its largest unit: `45 s`, `3 min`, `5 h`, `12 d`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms / 1000);
  for (const [size, name] of STEPS) if (seconds >= size) return `${Math.floor(seconds / size)} ${name}`;
  return `${Math.floor(seconds)} s`;
}

/** How long ago, or ahead; `just now` within 5 seconds. */
export function formatAge(at: Date, nowMs: number): string {
  const ms = nowMs - at.getTime();
  if (Math.abs(ms) < 5000) return "just now";
  return ms > 0 ? `${formatDuration(ms)} ago` : `in ${formatDuration(-ms)}`;
}

/** A time in a zone, always in the same shape: `24 Nov 2026, 11:07:42`. */
export function formatTime(at: Date, timeZone: string): string {
  return dateFormat("time", timeZone).format(at);
}

/** The same in UTC, as logs and the audit have it: `2026-11-24 11:07:42 UTC`. */
export function formatUtc(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
