import { randomUUID } from "node:crypto";
import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import { type AlertRound, decideRound } from "./decide-round.ts";
import { alertInputs } from "./inputs.ts";

/** Options of {@link evaluateAlerts}. */
export interface EvaluateOptions {
  /** A look that no other follows, as `run` has one: it opens, resolves and tells without waiting. Default false. */
  readonly single?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a round did, in numbers. */
export interface EvaluatedAlerts {
  readonly opened: number;
  readonly resolved: number;
  readonly messages: number;
}

/** More than two evaluate at once only by mistake. */
const ATTEMPTS = 3;

/**
 * One round: reads what rules need, decides, and applies the decision whole or not at all. With the service key. Two that run at
 * once, or one that dies anywhere, open no alert twice and write no message twice.
 */
export async function evaluateAlerts(
  ctx: PilabContext,
  options: EvaluateOptions = {},
): Promise<EvaluatedAlerts> {
  const { single, signal } = options;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const round = decideRound(await readInputs(ctx, signal), { newId: randomUUID, single });
    if (await applyRound(ctx, round, signal)) {
      return {
        opened: round.opened.length,
        resolved: round.resolved.length,
        messages: round.messages.length,
      };
    }
  }
  throw new PilabError("conflict", `Alerts: another worker evaluated ${ATTEMPTS} times meanwhile`, {
    hint: "One worker is enough: stop the others.",
  });
}

async function readInputs(ctx: PilabContext, signal: AbortSignal | undefined) {
  const what = "reading what alerts are judged by";
  return await ctx.call(
    { what },
    async (attempt) =>
      parsed(alertInputs, dataOf(await ctx.supabase.rpc("alert_inputs").abortSignal(attempt.signal)), what),
    { signal },
  );
}

async function applyRound(
  ctx: PilabContext,
  round: AlertRound,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return await ctx.call(
    { what: "applying a round of alerts" },
    async (attempt) => {
      const call = ctx.supabase.rpc("apply_alert_round", { round: JSON.parse(JSON.stringify(round)) });
      return dataOf(await call.abortSignal(attempt.signal)) as boolean;
    },
    { signal },
  );
}
