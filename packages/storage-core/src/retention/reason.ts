import type { RetentionPolicy } from "@pilab/schema";
import { getOrMake } from "./get-or-make.ts";
import { bytesText, countText } from "./text.ts";

type Words = (policy: RetentionPolicy) => string;

const age: Words = ({ keep_days }) => countText(keep_days ?? 0, "day");
const last: Words = ({ keep_last }) =>
  keep_last === 1 ? "the last one" : `one of the last ${countText(keep_last ?? 0)}`;
const best: Words = ({ thin_keep, thin_every }) => `the ${thin_keep} of its ${thin_every}`;

// In the order in which they are decided.
const REASONS = {
  /** Kept. */
  uncovered: () => "no policy covers it",
  pinned: () => "pinned",
  inside_keep_days: (p) => `received less than ${age(p)} ago`,
  inside_keep_last: (p) => `${last(p)} of its device and series`,
  no_limit_of_age: () => "its policy has no limit of age or number",
  time_not_trusted: () => "not thinned: when it was taken is not certain",
  not_yet_thinned: (p) => `not thinned before ${countText(p.thin_after_days ?? 0, "day")}`,
  best_of_slot: best,
  inside_max_bytes: (p) => `within ${bytesText(p.max_bytes ?? 0)}`,
  /** Removed. */
  older_than_keep_days: (p) => `received ${age(p)} ago or earlier`,
  beyond_keep_last: (p) => `not ${last(p)} of its device and series`,
  thinned: (p) => `not ${best(p)}`,
  over_max_bytes: (p) =>
    `its policy's captures exceed ${bytesText(p.max_bytes ?? 0)}, and it is among the oldest`,
} as const satisfies Record<string, Words>;

/** Why a capture is kept or removed, for programs; `delete_reason` of a removed row begins with it. */
export type ReasonCode = keyof typeof REASONS;

/** One of the reasons of a decision. */
export interface Reason {
  code: ReasonCode;
  /** The same for people, with the policy's numbers in it. */
  words: string;
}

/** Makes reasons; decisions share them, so that a million decisions hold a few dozen texts. */
export function createReasons(): (
  policy: RetentionPolicy | null,
  codes: readonly ReasonCode[],
) => readonly Reason[] {
  const known = new Map<RetentionPolicy | null, Map<string, readonly Reason[]>>();
  return (policy, codes) => {
    const ofPolicy = getOrMake(known, policy, () => new Map<string, readonly Reason[]>());
    return getOrMake(ofPolicy, codes.join(), () =>
      codes.map((code) => ({ code, words: wordsOf(code, policy) })),
    );
  };
}

function wordsOf(code: ReasonCode, policy: RetentionPolicy | null): string {
  return policy === null ? "no policy covers it" : REASONS[code](policy);
}
