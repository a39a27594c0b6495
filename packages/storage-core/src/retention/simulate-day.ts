import type { RetentionPolicy } from "@pilab/schema";
import type { Cohort } from "./cohort.ts";

/** Told of what a policy removes from a cohort on a day. */
export type OnCut = (policy: RetentionPolicy, day: number, files: number, bytes: number) => void;

/** What a day's run needs beside the cohorts. */
export interface SimulatedRun {
  /** Days from now. */
  day: number;
  /** The most specific first. */
  maxBytesPolicies: readonly RetentionPolicy[];
  onCut: OnCut;
}

/**
 * The retention decision on cohorts instead of captures: exact for keep_days, near for the rest, for within a cohort
 * captures count as equally large and as taken when they were received. Lowers the cohorts, which are in order of birth.
 */
export function simulateDay(cohorts: readonly Cohort[], run: SimulatedRun): void {
  const newerFiles = new Map<string, number>();
  for (const cohort of cohorts.toReversed()) {
    const { policy, group } = cohort.place;
    if (policy === null) continue;
    const newer = newerFiles.get(group) ?? 0;
    newerFiles.set(group, newer + cohort.files + cohort.pinnedFiles);
    const { keep_days, keep_last, thin_after_days } = policy;
    const atLeast = (days: number) => run.day - cohort.born >= days;
    if (keep_days === null ? keep_last !== null : atLeast(keep_days)) {
      cut(cohort, Math.max(0, (keep_last ?? 0) - newer), policy, run);
    }
    if (thin_after_days !== null && atLeast(thin_after_days)) cut(cohort, cohort.lasting, policy, run);
  }
  for (const policy of run.maxBytesPolicies) cutToSize(cohorts, policy, run);
}

function cutToSize(cohorts: readonly Cohort[], policy: RetentionPolicy, run: SimulatedRun): void {
  const counted = cohorts.filter(({ place }) => place.scopes.includes(policy));
  let excess = counted.reduce((sum, { bytes, pinnedBytes }) => sum + bytes + pinnedBytes, 0);
  excess -= policy.max_bytes ?? Number.POSITIVE_INFINITY;
  for (const cohort of counted) {
    if (excess <= 0) return;
    if (cohort.place.policy !== policy || cohort.files === 0) continue;
    const before = cohort.bytes;
    cut(cohort, cohort.files - Math.ceil((excess / before) * cohort.files), policy, run);
    excess -= before - cohort.bytes;
  }
}

/** Leaves at most `files` of a cohort. */
function cut(cohort: Cohort, files: number, policy: RetentionPolicy, { day, onCut }: SimulatedRun): void {
  const left = Math.max(0, Math.min(cohort.files, files));
  if (left === cohort.files) return;
  const bytes = (cohort.bytes / cohort.files) * left;
  onCut(policy, day, cohort.files - left, cohort.bytes - bytes);
  cohort.files = left;
  cohort.bytes = bytes;
}
