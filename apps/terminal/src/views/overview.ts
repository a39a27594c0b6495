import type { Overview } from "@pilab/storage-core";
import { byUrgency, needsOf } from "@pilab/storage-core/words";
import { type Line, line, type Screen, tone, widthOf, words, wrap } from "../line.ts";
import type { Lab } from "../read-lab.ts";
import { age, bytes, duration, number, percent, STANDING_TONES, STANDINGS, standingOf } from "../words.ts";
import { deviceTable } from "./devices.ts";

const WORKER_DEAD_MS = 3 * 60_000;

/** Is everything arriving, who needs me, how full are we: in one screen. */
export function overviewView({ overview }: Lab, screen: Screen, nowMs: number): Line[] {
  const inNeed = byUrgency(overview.devices).filter((device) => needsOf(device).length > 0);
  const row = (label: string, ...texts: Line[]) => labelled(label, texts, screen);
  return [
    ...row("Devices", devicesLine(overview)),
    ...row("Uploads", uploadsLine(overview), [tone("dim", spark(overview, screen))]),
    ...row("Storage", ...storageLines(overview, screen, nowMs)),
    ...row("Alerts", alertsLine(overview)),
    ...row("Worker", workerLine(overview, nowMs)),
    [],
    ...(inNeed.length === 0
      ? [line(tone("good", overview.devices.length === 0 ? "" : "No device needs you."))]
      : [line(tone("strong", "Who needs you")), ...deviceTable(inNeed, screen, nowMs)]),
  ];
}

const LABEL = 9;

function labelled(label: string, texts: Line[], { width }: Screen): Line[] {
  return texts
    .filter((text) => text.some((piece) => piece.text !== ""))
    .flatMap((text) => wrap(text, Math.max(20, width - LABEL)))
    .map((parts, at) => [tone("dim", (at === 0 ? label : "").padEnd(LABEL)), ...parts]);
}

function devicesLine({ devices }: Overview): Line {
  if (devices.length === 0)
    return words("plain", "none yet: an admin adds one on the dashboard's page Devices");
  const parts = STANDINGS.flatMap((standing) => {
    const count = devices.filter((device) => standingOf(device) === standing).length;
    return count === 0 ? [] : [tone(STANDING_TONES[standing], `${count} ${standing}`)];
  });
  return separated(parts);
}

function uploadsLine({ uploads, success_rate }: Overview): Line {
  const sum = (field: "ok" | "failed" | "duplicate" | "bytes") =>
    uploads.reduce((total, step) => total + step[field], 0);
  if (success_rate === null) return line("none in 24 h");
  const good = success_rate >= 0.99 ? "good" : success_rate >= 0.9 ? "warn" : "bad";
  return separated([
    tone("plain", `24 h: ${number(sum("ok"))} ok (${bytes(sum("bytes"))})`),
    tone(sum("failed") === 0 ? "plain" : "warn", `${number(sum("failed"))} failed`),
    tone("plain", `${number(sum("duplicate"))} known`),
    tone(good, percent(success_rate)),
  ]);
}

/** The hours of a day as a row of bars, the present one last. */
function spark({ uploads }: Overview, { unicode }: Screen): string {
  const bars = unicode ? "▁▂▃▄▅▆▇█" : ".:-=+*#@";
  const most = Math.max(...uploads.map(({ ok }) => ok));
  if (most <= 0) return "";
  const hours = uploads.map(({ ok }) => (ok === 0 ? " " : bars[Math.ceil((ok / most) * bars.length) - 1]));
  return `${hours.join("")} by the hour, now`;
}

function storageLines({ usage, growth, full_at }: Overview, screen: Screen, nowMs: number): Line[] {
  const { stored, trashed, quota_bytes } = usage;
  const share = quota_bytes === null ? null : stored.bytes / quota_bytes;
  const level = share === null || share < 0.8 ? "plain" : share < 0.95 ? "warn" : "bad";
  const used =
    share === null
      ? `${bytes(stored.bytes)}, no quota`
      : `${bytes(stored.bytes)} of ${bytes(quota_bytes ?? 0)} (${percent(share)})`;
  const net = growth.bytes_per_day - growth.purged_bytes_per_day;
  return [
    line(tone(level, used), ...(share === null ? [] : [bar(share, screen)])),
    separated([
      tone("plain", `${number(stored.files)} captures`),
      ...(trashed.files === 0 ? [] : [tone("plain", `${number(trashed.files)} in the trash`)]),
      // Nothing is known of it on the first day.
      ...(growth.bytes_per_day === 0
        ? []
        : [tone("plain", `${net < 0 ? "-" : "+"}${bytes(Math.abs(net))} a day`)]),
      ...(full_at === null
        ? []
        : [
            tone(
              level,
              Date.parse(full_at) <= nowMs ? "full" : `full in ${duration(Date.parse(full_at) - nowMs)}`,
            ),
          ]),
    ]),
  ];
}

const BAR = 20;

function bar(share: number, { unicode, width }: Screen): string {
  if (width < 70) return "";
  const full = Math.min(BAR, Math.round(share * BAR));
  return unicode
    ? "█".repeat(full) + "░".repeat(BAR - full)
    : `[${"#".repeat(full)}${".".repeat(BAR - full)}]`;
}

function alertsLine({ alerts }: Overview): Line {
  const open = alerts.critical + alerts.warning + alerts.info;
  if (open + alerts.acknowledged === 0) return line(tone("good", "none open"));
  return separated([
    ...(alerts.critical === 0 ? [] : [tone("bad", `${alerts.critical} critical`)]),
    ...(alerts.warning === 0 ? [] : [tone("warn", `${alerts.warning} warning`)]),
    ...(alerts.info === 0 ? [] : [tone("plain", `${alerts.info} info`)]),
    ...(alerts.acknowledged === 0 ? [] : [tone("dim", `${alerts.acknowledged} acknowledged`)]),
  ]);
}

function workerLine({ workers }: Overview, nowMs: number): Line {
  const [latest] = workers.toSorted((a, b) => Date.parse(b.tick_at) - Date.parse(a.tick_at));
  if (!latest) return words("warn", "none: nothing is removed, and nobody is told of alerts");
  const quietMs = nowMs - Date.parse(latest.tick_at);
  if (quietMs < WORKER_DEAD_MS) return line(tone("good", "alive"));
  return words("bad", `dead for ${age(latest.tick_at, nowMs)}: nobody is told of alerts`);
}

/** With a comma after each but the last, so that a line may end there. */
function separated(parts: Line): Line {
  const shown = parts.filter(({ text }) => widthOf(text) > 0);
  return shown.map((part, at) => (at === shown.length - 1 ? part : { ...part, text: `${part.text},` }));
}
