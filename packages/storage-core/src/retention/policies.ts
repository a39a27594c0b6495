import {
  type NewRetentionPolicy,
  newRetentionPolicy,
  PilabError,
  type RetentionPolicyRow,
  retentionPolicy,
  retentionPolicyRow,
} from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

const HINTS = {
  already_exists: "There is one policy for one scope: change that one.",
  forbidden: "Only admins write policies.",
};

/** Every policy, the most general first. For viewers and more. */
export async function listPolicies(ctx: PilabContext, signal?: AbortSignal): Promise<RetentionPolicyRow[]> {
  const what = "listing retention policies";
  return await ctx.call(
    { what },
    async (attempt) => {
      let query = ctx.supabase.from("retention_policies").select("*");
      for (const column of ["series", "device_id", "shot_type", "bucket_id"] as const) {
        query = query.order(column, { nullsFirst: true });
      }
      return parsed(z.array(retentionPolicyRow), dataOf(await query.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}

/** Makes a policy. Throws `invalid_input` for one that says nothing, `already_exists` when its scope has one. */
export async function createPolicy(
  ctx: PilabContext,
  policy: NewRetentionPolicy,
): Promise<RetentionPolicyRow> {
  const row = checked(newRetentionPolicy, policy, "create");
  const what = "making a retention policy";
  return await ctx.call({ what, hints: HINTS }, async ({ signal }) => {
    const call = ctx.supabase.from("retention_policies").insert(row).select("*");
    return parsed(retentionPolicyRow, dataOf(await call.abortSignal(signal).single()), what);
  });
}

/** Changes the fields that are given; null empties one. Refuses what would leave an empty policy. */
export async function updatePolicy(
  ctx: PilabContext,
  id: string,
  changes: Partial<NewRetentionPolicy>,
): Promise<RetentionPolicyRow> {
  const what = `changing retention policy ${id}`;
  return await ctx.call({ what, hints: HINTS }, async ({ signal }) => {
    const table = ctx.supabase.from("retention_policies");
    const before = dataOf(await table.select("*").eq("id", id).abortSignal(signal).single());
    const { created_at: _c, updated_at: _u, ...fields } = parsed(retentionPolicyRow, before, what);
    const { id: _id, ...row } = checked(retentionPolicy, { ...fields, ...changes, id }, "update");
    const call = table.update(row).eq("id", id).select("*");
    return parsed(retentionPolicyRow, dataOf(await call.abortSignal(signal).single()), what);
  });
}

/** Removes a policy; what it covered is a wider one's by then, or kept. Throws `not_found`. */
export async function removePolicy(ctx: PilabContext, id: string): Promise<void> {
  await ctx.call({ what: `removing retention policy ${id}`, hints: HINTS }, async ({ signal }) => {
    const call = ctx.supabase.from("retention_policies").delete().eq("id", id).select("id");
    dataOf(await call.abortSignal(signal).single());
  });
}

function checked<S extends z.ZodType>(schema: S, policy: unknown, verb: string): z.output<S> {
  const { data, error } = schema.safeParse(policy);
  if (error) throw new PilabError("invalid_input", `retention.policies.${verb}: ${z.prettifyError(error)}`);
  return data as z.output<S>;
}
