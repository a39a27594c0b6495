import type { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { answerError, dataOf, toPilabError } from "../supabase-error.ts";

/** How one of the services that PiLab needs is. */
export interface DependencyHealth {
  readonly name: "auth" | "rest" | "storage";
  readonly ok: boolean;
  readonly latencyMs: number;
  /** Why it is not ok. */
  readonly error?: PilabError;
}

/** How the project is, as this account sees it. */
export interface Health {
  readonly ok: boolean;
  readonly dependencies: readonly DependencyHealth[];
}

const TIMEOUT_MS = 5000;

/**
 * Asks each dependency once, side by side, with a request that goes through to the database where there is one.
 * Never throws and takes at most five seconds.
 */
export async function checkHealth(ctx: PilabContext): Promise<Health> {
  const dependencies = await Promise.all([
    probe(ctx, "auth", async (signal) => {
      const headers = await ctx.authHeaders(signal);
      const answer = await ctx.transport.send({ method: "GET", path: "/auth/v1/health", headers, signal });
      if (answer.status >= 400) throw answerError(answer);
    }),
    probe(ctx, "rest", async (signal) => {
      dataOf(await ctx.supabase.from("captures").select("id").limit(1).abortSignal(signal));
    }),
    probe(ctx, "storage", async (signal) => {
      const body = Buffer.from(JSON.stringify({ prefix: "", limit: 1 }));
      const headers = { ...(await ctx.authHeaders(signal)), "content-type": "application/json" };
      const path = `/storage/v1/object/list/${encodeURIComponent(ctx.bucket)}`;
      const answer = await ctx.transport.send({ method: "POST", path, headers, body, signal });
      if (answer.status >= 400) throw answerError(answer);
    }),
  ]);
  return { ok: dependencies.every(({ ok }) => ok), dependencies };
}

async function probe(
  ctx: PilabContext,
  name: DependencyHealth["name"],
  ask: (signal: AbortSignal) => Promise<void>,
): Promise<DependencyHealth> {
  const startedAt = performance.now();
  const latencyMs = () => Math.round(performance.now() - startedAt);
  try {
    // Once: a health check shall see the failure that a retry would hide.
    await ctx.call({ what: `health check of ${name}` }, ({ signal }) => ask(signal), {
      maxAttempts: 1,
      budgetMs: TIMEOUT_MS,
    });
    return { name, ok: true, latencyMs: latencyMs() };
  } catch (error) {
    const mapped = toPilabError(error, { what: `health check of ${name}` });
    return { name, ok: false, latencyMs: latencyMs(), error: mapped };
  }
}
