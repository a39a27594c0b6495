import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

const IDS_A_CALL = 500;
const HINTS = { forbidden: "Only operators and admins acknowledge and silence alerts." };

/** Says that somebody sees to these alerts: no repeats. Answers the ids that changed; resolved ones do not. */
export async function acknowledgeAlerts(ctx: PilabContext, ids: readonly string[]): Promise<string[]> {
  return await mark(ctx, "acknowledging alerts", ids, async (some, signal) =>
    dataOf(await ctx.supabase.rpc("acknowledge_alerts", { ids: some }).abortSignal(signal)),
  );
}

/** Tells nobody of these alerts until then; null ends it. Answers the ids that changed; resolved ones do not. */
export async function silenceAlerts(
  ctx: PilabContext,
  ids: readonly string[],
  until: Date | null,
): Promise<string[]> {
  // The generated type does not know that an argument may be null.
  const time = (until?.toISOString() ?? null) as string;
  return await mark(ctx, "silencing alerts", ids, async (some, signal) =>
    dataOf(await ctx.supabase.rpc("silence_alerts", { ids: some, until: time }).abortSignal(signal)),
  );
}

async function mark(
  ctx: PilabContext,
  what: string,
  ids: readonly string[],
  call: (ids: string[], signal: AbortSignal) => Promise<unknown>,
): Promise<string[]> {
  const changed: string[] = [];
  for (let from = 0; from < ids.length; from += IDS_A_CALL) {
    const some = ids.slice(from, from + IDS_A_CALL);
    const answer = await ctx.call({ what, hints: HINTS }, ({ signal }) => call(some, signal));
    changed.push(...parsed(z.array(z.uuid()), answer, what));
  }
  return changed;
}
