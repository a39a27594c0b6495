import {
  type AlertRuleChange,
  type AlertRuleRow,
  alertRuleChange,
  alertRuleRow,
  PilabError,
} from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** Every rule with its limits, by key. For viewers and more. */
export async function listAlertRules(ctx: PilabContext, signal?: AbortSignal): Promise<AlertRuleRow[]> {
  const what = "listing the rules of alerts";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.from("alert_rules").select("*").order("key").abortSignal(attempt.signal);
      return parsed(z.array(alertRuleRow), dataOf(await call), what);
    },
    { signal },
  );
}

/** Changes a rule; `params` may be a part, the other limits stay. For admins. Throws `not_found` for an unknown key. */
export async function updateAlertRule(
  ctx: PilabContext,
  key: string,
  change: AlertRuleChange,
): Promise<AlertRuleRow> {
  const what = `changing the rule ${key}`;
  const checked = alertRuleChange.safeParse(change);
  if (!checked.success) throw new PilabError("invalid_input", `${what}: ${z.prettifyError(checked.error)}`);
  return await ctx.call({ what, hints: { forbidden: "Only admins change rules." } }, async ({ signal }) => {
    const table = ctx.supabase.from("alert_rules");
    const before = dataOf(await table.select("*").eq("key", key).abortSignal(signal).single());
    const params = { ...parsed(alertRuleRow, before, what).params, ...checked.data.params };
    const call = table
      .update({ ...checked.data, params })
      .eq("key", key)
      .select("*");
    return parsed(alertRuleRow, dataOf(await call.abortSignal(signal).single()), what);
  });
}
