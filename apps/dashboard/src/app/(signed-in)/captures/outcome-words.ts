import type { ChangedCapture } from "@pilab/schema";

const REASONS: Record<NonNullable<ChangedCapture["reason"]>, string> = {
  not_found: "no longer there",
  trashed: "in the trash",
  pinned: "pinned, which keeps them from the trash",
  purging: "being removed for good",
  purged: "removed for good",
  object_missing: "without their picture in the storage",
  size_differs: "with another size in the storage than in the catalogue",
  metadata_too_large: "with more metadata than fits",
};

/** How a change of many went, in a sentence: what was refused is said with its reasons. */
export function outcomeWords(
  done: string,
  changed: readonly ChangedCapture[],
): { message: string; refused: boolean } {
  const of = (outcome: ChangedCapture["outcome"]) => changed.filter((row) => row.outcome === outcome);
  const refused = of("refused");
  const parts = [`${done}: ${of("changed").length}`];
  if (of("unchanged").length > 0) parts.push(`already so: ${of("unchanged").length}`);
  if (refused.length > 0) {
    const reasons = [
      ...new Set(refused.map(({ reason }) => (reason === null ? "refused" : REASONS[reason]))),
    ];
    parts.push(`refused: ${refused.length} (${reasons.join("; ")})`);
  }
  return { message: parts.join(", "), refused: refused.length > 0 };
}
