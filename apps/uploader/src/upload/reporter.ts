import { basename, dirname, join } from "node:path";
import type { UploadOutcome, UploadSummary } from "@pilab/storage-core";
import type { Account, Problem } from "./account.ts";
import { countText, durationText, nameText, sizeText, timeText } from "./words.ts";

/** How a run is told to whoever watches it. */
export interface Reporter {
  file(outcome: UploadOutcome): void;
  /** How many files and bytes the scan has found so far, for a bar. */
  total?(files: number): void;
  end(summary: UploadSummary, account: Account): void;
  /** Takes the bar away when the run ends without a summary. */
  stop?(): void;
}

/** Where a reporter writes: `out` is what the run says, `err` what is said about it. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

const LISTED = 20;

/** One line a file, then the summary. */
export function createPlainReporter(output: Output, { dryRun = false } = {}): Reporter {
  return {
    file: (outcome) => output.out(`${fileLine(outcome, dryRun)}\n`),
    end: (summary, account) => output.out(`${summaryText(summary, account, dryRun)}\n`),
  };
}

/** One JSON object a line: `"type": "file"` for each, `"type": "summary"` at the end. */
export function createJsonReporter(output: Output, { dryRun = false } = {}): Reporter {
  const write = (line: object) => output.out(`${JSON.stringify(line)}\n`);
  return {
    file: ({ error, ...outcome }) =>
      write({ type: "file", ...outcome, ...(error ? { code: error.code } : {}), dryRun }),
    end: (summary, account) =>
      write({
        type: "summary",
        dryRun,
        ending: summary.ending,
        files: summary.files,
        ...summary.counts,
        uploadedBytes: summary.uploadedBytes,
        seconds: Math.round(summary.elapsedMs) / 1000,
        restFiles: summary.restFiles,
        unreadableFolders: account.unreadableFolders,
        ignoredFiles: account.ignored.files,
      }),
  };
}

/** The line about one file, as a person reads it. */
function fileLine(outcome: UploadOutcome, dryRun: boolean): string {
  const label = LABELS[outcome.outcome] ?? outcome.outcome;
  const head = (dryRun && outcome.outcome === "uploaded" ? "would upload" : label).padEnd(13);
  const notes = outcome.notes.map((note) => `\n${" ".repeat(13)}note: ${nameText(note)}`).join("");
  if (outcome.reason !== undefined) return `${head}${sentence(outcome.file, outcome.reason)}${notes}`;
  const taken = outcome.capturedAt
    ? `, taken ${timeText(outcome.capturedAt)} (${outcome.capturedAtSource}${outcome.capturedAtTrusted ? "" : ", not trusted"})`
    : "";
  return `${head}${nameText(outcome.file)}  ${sizeText(outcome.sizeBytes)}${taken}${notes}`;
}

const LABELS: Partial<Record<UploadOutcome["outcome"], string>> = {
  too_large: "too large",
  trashed: "in the trash",
};

/** The summary: what became of the files, then those that need someone's attention. */
export function summaryText(summary: UploadSummary, account: Account, dryRun: boolean): string {
  const { counts } = summary;
  const duplicates = counts.duplicate + counts.repeated;
  const parts = [
    `${counts.uploaded.toLocaleString("en-US")} ${dryRun ? "would be uploaded" : "uploaded"} (${sizeText(summary.uploadedBytes)})`,
    `${countText(duplicates, "duplicate")}${counts.repeated > 0 ? ` (${counts.repeated} taken again)` : ""}`,
    ...(counts.trashed > 0 ? [`${counts.trashed} in the trash`] : []),
    ...(counts.purged > 0 ? [`${counts.purged} removed by policy`] : []),
    `${counts.quarantined} quarantined`,
    ...(counts.too_large > 0 ? [`${counts.too_large} too large`] : []),
    `${counts.failed + account.unreadableFolders} failed`,
  ];
  const lines = [`${ending(summary)}${parts.join(", ")}, in ${durationText(summary.elapsedMs)}`];
  lines.push(...listing("Quarantined (no capture; nothing was moved):", account, "quarantined"));
  lines.push(...listing("Too large (they wait where they are):", account, "too_large"));
  lines.push(...listing("Failed (run the same command again to retry):", account, "failed"));
  if (account.problemsLeftOut > 0)
    lines.push(`… and ${countText(account.problemsLeftOut, "more problem")}; --json lists all.`);
  if (summary.restFiles > 0) {
    lines.push(
      `${countText(summary.restFiles, "file")} not looked at: MAX_CHUNKS × CHUNK_SIZE is reached. Run the command again.`,
    );
  }
  const { files, extensions } = account.ignored;
  if (files > 0)
    lines.push(
      `Ignored ${countText(files, "file")} not named as a picture or video (${extensions.join(", ")}).`,
    );
  if (summary.files === 0 && summary.ending === "done") lines.push("No pictures or videos found.");
  return lines.join("\n");
}

function ending({ ending }: UploadSummary): string {
  if (ending === "aborted") return "Stopped; run the same command again to go on. So far: ";
  if (ending === "failed_fast")
    return "Stopped, because too many files failed (FAIL_FAST_THRESHOLD). So far: ";
  return "";
}

function listing(title: string, account: Account, outcome: Problem["outcome"]): string[] {
  const all = account.problems.filter((problem) => problem.outcome === outcome);
  if (all.length === 0) return [];
  const shown = all.slice(0, LISTED).map(({ file, reason }) => `  ${sentence(file, reason)}`);
  return [title, ...shown, ...(all.length > LISTED ? [`  … and ${all.length - LISTED} more`] : [])];
}

/** Reasons begin with the file's name: "frame.jpg is cut off". With its folder in front they say where it is. */
function sentence(file: string, reason: string): string {
  const name = basename(file);
  return nameText(reason.startsWith(`${name} `) ? join(dirname(file), reason) : `${file}: ${reason}`);
}
