import type { CaptureState } from "../capture/index.ts";
import type { ListedFile } from "../journal/types.ts";
import { countText, durationText, nameText, sizeText, timeText } from "../upload/words.ts";
import type { JournalReport, StatusReport } from "./status.ts";

/** Where it has only the card to write to, it is heard each minute. */
const HEARD_MS = 3 * 60_000;

/** The report for a person. */
export function statusText(report: StatusReport, now = new Date()): string {
  const { capture, journal } = report;
  const lines = [
    ...agentLines(report, now),
    ...captureLines(capture),
    ...(journal === null ? [] : journalLines(journal)),
  ];
  return `${lines.join("\n")}\n`;
}

function journalLines({ counts, oldestQueued, failing, quarantined, gone }: JournalReport): string[] {
  const line = (label: string, states: readonly (keyof typeof counts)[], more = "") => {
    const files = states.reduce((sum, state) => sum + counts[state].files, 0);
    const bytes = states.reduce((sum, state) => sum + counts[state].bytes, 0);
    return `  ${label.padEnd(22)}${countText(files, "file")}${files > 0 ? `, ${sizeText(bytes)}` : ""}${more}`;
  };
  const oldest = oldestQueued === null ? "" : `, the oldest from ${timeText(new Date(oldestQueued.mtimeMs))}`;
  return [
    "Files:",
    line("waiting", ["queued", "placed"], oldest),
    line("stored, on the disk", ["stored", "confirmed"]),
    line("stored, copy freed", ["freed"]),
    line("removed by policy", ["tombstone"]),
    line("too large", ["too_large"]),
    line("quarantined", ["quarantined"]),
    line("vanished or replaced", ["gone"]),
    ...fileLines("Failed, to be tried again", failing),
    ...fileLines("Quarantined (pilab-uploader quarantine list shows all)", quarantined),
    ...fileLines("Vanished or replaced before they were uploaded", gone),
  ];
}

function agentLines({ running, agent, stateFolder }: StatusReport, now: Date): string[] {
  if (agent === null) return [`No agent has run with ${stateFolder}.`];
  const { state, complaints, target, startedAt, writtenAt, folders, disk, lastUploadAt, pausedUntil } = agent;
  const since = (at: string) => durationText(Math.max(0, now.getTime() - Date.parse(at)));
  return [
    running
      ? `The agent is running (pid ${agent.pid}, for ${since(startedAt)}): ${state.replaceAll("_", " ")}`
      : `The agent is NOT running; it was last heard ${since(writtenAt)} ago.`,
    ...(running && now.getTime() - Date.parse(writtenAt) > HEARD_MS
      ? [`  ! it was last heard ${since(writtenAt)} ago: it may hang`]
      : []),
    `  to ${target}`,
    `  from ${folders.map(nameText).join(", ")}`,
    ...(lastUploadAt === null ? [] : [`  last upload ${since(lastUploadAt)} ago`]),
    ...(pausedUntil === null || Date.parse(pausedUntil) < now.getTime()
      ? []
      : [`  paused until ${timeText(new Date(pausedUntil))}`]),
    ...(disk === null
      ? []
      : [`  disk ${Math.floor(disk.usedPercent)} % full, ${sizeText(disk.availableBytes)} left`]),
    ...(running ? complaints.map((complaint) => `  ! ${complaint}`) : []),
  ];
}

function captureLines(capture: CaptureState | null): string[] {
  if (capture === null) return [];
  const { uploads, folder, intervalMs, taken, failed, held, heldBecause, lastError } = capture;
  return [
    `A camera takes a picture each ${durationText(intervalMs)} into ${nameText(folder)}: ${taken} taken, ${failed} failed, ${held} held back`,
    ...(uploads ? [] : ["  ! its pictures are only saved here: it was started without --supabase"]),
    ...(heldBecause === null ? [] : [`  ! held back: ${heldBecause}`]),
    ...(lastError === null ? [] : [`  ! its last picture failed: ${lastError}`]),
  ];
}

function fileLines(title: string, files: readonly ListedFile[]): string[] {
  if (files.length === 0) return [];
  return [
    `${title}:`,
    ...files.map(({ path, reason }) => `  ${nameText(path)}: ${reason ?? "no reason given"}`),
  ];
}
