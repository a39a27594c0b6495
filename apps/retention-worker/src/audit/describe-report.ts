import type { AuditReport } from "@pilab/schema";
import { countText } from "@pilab/storage-core";

type Broken = AuditReport["broken"][number];

/** The report for a person: what is vouched for by what, and what is broken. */
export function describeReport(report: AuditReport): string {
  const { rows, seals, heads, partial, broken, broken_total, database_agrees } = report;
  const lines = [
    `${countText(rows)} ${rows === 1 ? "entry" : "entries"} in ${countText(seals, "seal")} ${report.source === "export" ? "of the export" : "of the database"}, ${heads.given === 0 ? "no head kept outside was given" : `${countText(heads.matched)} of ${countText(heads.given, "head")} kept outside found again`}.`,
    ...rangeLines(report),
  ];
  if (partial) lines.push("This export is of a part; what lies outside of it was not looked at.");
  if (broken_total > 0) lines.push("", "The log was tampered with:");
  for (const one of broken)
    lines.push(`  entries ${one.first_id} to ${one.last_id} (seal ${one.seal}): ${WORDS[one.reason]}`);
  if (broken_total > broken.length) lines.push(`  and ${countText(broken_total - broken.length)} more`);
  if (database_agrees === false) {
    lines.push(
      "",
      "The database's own check says otherwise: its functions were changed, or it is being written to by force.",
    );
  }
  lines.push("", verdictOf(report));
  return `${lines.join("\n")}\n`;
}

function rangeLines({ anchored, self_consistent, unsealed, broken }: AuditReport): string[] {
  const except = broken.length > 0 ? ", but for what is broken" : "";
  const lines = [];
  if (anchored) {
    lines.push(
      `Anchored: ${anchored.first_id} to ${anchored.last_id}. These are as they were written${except}.`,
    );
  }
  if (self_consistent) {
    lines.push(
      `Only self-consistent: ${self_consistent.first_id} to ${self_consistent.last_id}. Sealed, but no head kept outside reaches them: who owns the database could have made them anew.`,
    );
  }
  if (unsealed) {
    lines.push(
      `Not sealed yet: ${unsealed.first_id} to ${unsealed.last_id} (${unsealed.rows}). Nothing vouches for them.`,
    );
  }
  return lines;
}

const WORDS: Record<Broken["reason"], string> = {
  seal_missing: "a seal is missing",
  seal_changed: "the seal itself was changed",
  rows_missing: "entries were removed",
  rows_added: "entries were slipped in",
  rows_changed: "entries were changed",
  head_differs: "entries and their seals were made anew after a head was kept outside",
  head_missing: "entries and their seals, which a head kept outside tells of, are gone",
};

function verdictOf({ ok, anchored, heads, database_agrees }: AuditReport): string {
  if (!ok || database_agrees === false) return "NOT INTACT. docs/audit.md says what to do.";
  if (anchored) return "Intact.";
  if (heads.given > 0) return "Consistent with itself; none of the heads kept outside lies in it.";
  return "Consistent with itself. Keep heads outside the database to know more: pilab-retention audit head --output <file>";
}
