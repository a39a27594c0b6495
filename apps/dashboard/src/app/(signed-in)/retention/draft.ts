import type { NewRetentionPolicy, RetentionPolicy, RetentionPolicyRow } from "@pilab/schema";
import { policySentence } from "@pilab/storage-core/words";
import type { inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "../../../server/root.ts";

/** What a policy can be about. */
export type Scopes = inferRouterOutputs<AppRouter>["retention"]["scopes"];

/** A policy as a form has it: a field that was emptied is null. */
export type Draft = Omit<RetentionPolicy, "id" | "grace_days"> & { grace_days: number | null };

/** What a form begins with: everything, and no rule yet. */
export const NEW_DRAFT: Draft = {
  bucket_id: null,
  device_id: null,
  shot_type: null,
  series: null,
  keep_days: null,
  keep_last: null,
  thin_every: null,
  thin_after_days: null,
  thin_keep: null,
  max_bytes: null,
  grace_days: 7,
  brake_share: null,
  enabled: true,
};

/** What keeps a draft from being a policy, in a sentence; null: it is one. */
export function problemOf(draft: Draft): string | null {
  const { keep_days, keep_last, thin_every, thin_after_days, max_bytes, grace_days } = draft;
  if (keep_days === null && keep_last === null && thin_every === null && max_bytes === null) {
    return "This policy says nothing yet: set at least one rule.";
  }
  if (thin_every !== null && thin_after_days === null) return "Say after how many days to thin.";
  if (grace_days === null) return "Say how many days removed captures stay in the trash; 0 is none.";
  return null;
}

/** A draft as a policy; only for one without a problem. */
export function policyOf(draft: Draft): NewRetentionPolicy {
  return { ...draft, grace_days: draft.grace_days ?? undefined };
}

/** A row as a form has it. */
export function draftOf({ id: _, created_at: _c, updated_at: _u, ...draft }: RetentionPolicyRow): Draft {
  return draft;
}

/** A draft in a sentence, as far as it is one: thinning that is not complete is left out. */
export function sentenceOf(draft: Draft, scopes: Scopes | undefined): string {
  const isWhole = draft.thin_after_days !== null;
  const deviceName = scopes?.devices.find(({ id }) => id === draft.device_id)?.name;
  return policySentence(
    {
      ...draft,
      id: null,
      enabled: true,
      grace_days: draft.grace_days ?? 7,
      thin_every: isWhole ? draft.thin_every : null,
    },
    deviceName === undefined ? {} : { deviceName },
  );
}
