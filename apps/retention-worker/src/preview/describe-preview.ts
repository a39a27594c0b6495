import type { RetentionPreview } from "@pilab/schema";
import { bytesText, countText } from "@pilab/storage-core";

const SHOWN_DAYS = [0, 1, 7, 14, 30, 60, 90, 180, 365];

/** A preview for a person: what is stored over time, and what each policy removes and frees meanwhile. */
export function describePreview(preview: RetentionPreview): string {
  const { bucket, now, days, policies, quota_bytes, full_at } = preview;
  const last = days.length - 1;
  const quota = quota_bytes === null ? "no quota" : `a quota of ${bytesText(quota_bytes)}`;
  const lines = [`Bucket ${bucket}, ${quota}, ${countText(last, "day")} from ${now.slice(0, 10)}:`, ""];
  const shown = SHOWN_DAYS.filter((day) => day < last).concat(last);
  lines.push(...table([["day", "date", "live", "stored", "to trash", "freed"], ...rowsOf(preview, shown)]));
  for (const { sentence, removed_files, removed_bytes, freed_bytes, steady_share } of policies) {
    lines.push(
      "",
      sentence,
      `  removes now ${countText(removed_files[0] ?? 0, "capture")}, ${bytesText(removed_bytes[0] ?? 0)};` +
        ` within ${countText(last, "day")} ${countText(sum(removed_files), "capture")}, ${bytesText(sum(removed_bytes))},` +
        ` of which ${bytesText(sum(freed_bytes))} are freed by then`,
      `  on a usual day ${(steady_share * 100).toFixed(1)} % of its captures`,
    );
  }
  if (policies.length === 0) lines.push("", "No policy is enabled: everything is kept.");
  if (quota_bytes !== null) {
    lines.push(
      "",
      full_at === null ? `Not full within ${countText(last, "day")}.` : `Full on ${full_at.slice(0, 10)}.`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Removals and what is freed count from the row before. */
function rowsOf({ days, policies }: RetentionPreview, shown: readonly number[]): string[][] {
  return shown.map((day, at) => {
    const from = (shown[at - 1] ?? -1) + 1;
    const since = (numbers: readonly number[]) => sum(numbers.slice(from, day + 1));
    const removed = sum(policies.map(({ removed_bytes }) => since(removed_bytes)));
    const { at: date = "", live_bytes = 0, stored_bytes = 0 } = days[day] ?? {};
    const freed = since(days.map(({ freed_bytes }) => freed_bytes));
    return [String(day), date.slice(0, 10), ...[live_bytes, stored_bytes, removed, freed].map(bytesText)];
  });
}

function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
