import type { ChangedCapture } from "@pilab/schema";

const DONE = { pin: "pinned", unpin: "unpinned", restore: "restored" } as const;

const REFUSALS: Record<NonNullable<ChangedCapture["reason"]>, string> = {
  not_found: "there is no such capture",
  trashed: "in the trash",
  pinned: "pinned",
  purging: "its purge has begun, from which there is no way back",
  purged: "purged: its object is gone",
  object_missing: "its object is missing in storage",
  size_differs: "its object in storage has another size than was catalogued",
  metadata_too_large: "its metadata would be too large",
};

const LISTED = 20;

/** What became of captures, in words: counts, and the first of those that were refused. */
export function describeChanges(verb: keyof typeof DONE, changes: readonly ChangedCapture[]): string {
  const count = (outcome: ChangedCapture["outcome"]) =>
    changes.filter((change) => change.outcome === outcome).length;
  const refused = changes.filter((change) => change.outcome === "refused");
  const counts = [
    `${count("changed")} ${DONE[verb]}`,
    ...(count("unchanged") > 0 ? [`${count("unchanged")} were so already`] : []),
    ...(refused.length > 0 ? [`${refused.length} refused`] : []),
  ];
  const lines = refused
    .slice(0, LISTED)
    .map(({ id, reason }) => `  ${id}: ${reason === null ? "refused" : REFUSALS[reason]}`);
  const more = refused.length > LISTED ? [`  and ${refused.length - LISTED} more`] : [];
  return `${[counts.join(", "), ...lines, ...more].join("\n")}\n`;
}
