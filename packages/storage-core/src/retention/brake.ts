import type { PlanTally } from "./decision.ts";
import { countText } from "./text.ts";

/** How much one run may remove from a bucket without being told to. */
export interface BrakeLimits {
  /** Of the bucket's live captures, by number or by bytes: `bucket_settings.brake_share`. */
  share: number;
  /** Captures; null: any number. */
  files: number | null;
}

/** Whether a plan may run by itself. */
export type BrakeVerdict = { held: false } | { held: true; reasons: string[] };

/**
 * Holds a plan that would remove more than was agreed. A policy that carries its own brake answers for its own
 * captures; all other policies of the bucket answer together, for all of the bucket. Give the tallies of one bucket.
 */
export function checkBrake(tallies: readonly PlanTally[], { share, files }: BrakeLimits): BrakeVerdict {
  const own = tallies.filter(({ policy }) => policy?.brake_share != null);
  const others = tallies.filter(({ policy }) => policy?.brake_share == null);
  const removedFiles = total(tallies, "removedFiles");
  const reasons = own.flatMap((tally) => {
    const name = `policy ${tally.policy?.id ?? "without id"}`;
    return overShare(tally, tally, tally.policy?.brake_share ?? share, `the captures of ${name}`);
  });
  const bucket = {
    liveFiles: total(tallies, "liveFiles"),
    liveBytes: total(tallies, "liveBytes"),
  };
  const removed = {
    removedFiles: total(others, "removedFiles"),
    removedBytes: total(others, "removedBytes"),
  };
  reasons.push(...overShare(removed, bucket, share, "the bucket's captures"));
  if (files !== null && removedFiles > files) {
    reasons.push(`removes ${countText(removedFiles, "capture")}, more than ${countText(files)}`);
  }
  return reasons.length === 0 ? { held: false } : { held: true, reasons };
}

function overShare(
  removed: Pick<PlanTally, "removedFiles" | "removedBytes">,
  live: Pick<PlanTally, "liveFiles" | "liveBytes">,
  share: number,
  ofWhat: string,
): string[] {
  const over = (part: number, whole: number, unit: string) =>
    part > whole * share
      ? [`removes ${percent(part / whole)} of ${ofWhat} by ${unit}, more than ${percent(share)}`]
      : [];
  const byFiles = over(removed.removedFiles, live.liveFiles, "number");
  return byFiles.length > 0 ? byFiles : over(removed.removedBytes, live.liveBytes, "bytes");
}

function total(
  tallies: readonly PlanTally[],
  field: "removedFiles" | "removedBytes" | "liveFiles" | "liveBytes",
) {
  return tallies.reduce((sum, tally) => sum + tally[field], 0);
}

/** Rounded up, so that what is over a limit never reads as the limit. */
function percent(share: number): string {
  return `${Math.ceil(share * 1000 - 1e-6) / 10} %`;
}

/**
 * The brake of a policy saved from its preview: twice what it removes on a steady day, at least a quarter. A short
 * keep_days removes a large share each night; that should not need confirming each night.
 */
export function suggestBrakeShare(steadyShare: number): number {
  return Math.min(1, Math.max(0.25, 2 * steadyShare));
}
