import { type WorkerStatusRow, workerStatusRow } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** A worker whose last tick is older is taken for dead. */
const ALIVE_FOR_MS = 3 * 60_000;

/** What a worker says of itself, and whether it still does. */
export interface Worker extends WorkerStatusRow {
  readonly alive: boolean;
}

/** All workers by name. For viewers and more. */
export async function workersStatus(ctx: PilabContext, signal?: AbortSignal): Promise<Worker[]> {
  const what = "reading the status of workers";
  const rows = await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.from("worker_status").select("*").order("name").abortSignal(attempt.signal);
      return parsed(z.array(workerStatusRow), dataOf(await call), what);
    },
    { signal },
  );
  const nowMs = Date.now() + (ctx.clock.offsetMs() ?? 0);
  return rows.map((row) => ({ ...row, alive: nowMs - Date.parse(row.tick_at) < ALIVE_FOR_MS }));
}

/** Says that a worker is alive, and what it is; the server stamps the time. With the service key only. */
export async function tickWorker(
  ctx: PilabContext,
  status: Omit<WorkerStatusRow, "tick_at">,
  signal?: AbortSignal,
): Promise<void> {
  await ctx.call(
    { what: `the tick of worker ${status.name}` },
    async (attempt) => {
      dataOf(await ctx.supabase.from("worker_status").upsert(status).abortSignal(attempt.signal));
    },
    // The next one comes soon and says more.
    { signal, maxAttempts: 2 },
  );
}

/** Removes history past its time, as far as one call does; answers how many rows of each table. With the service key only. */
export async function pruneHistory(ctx: PilabContext, signal?: AbortSignal): Promise<Record<string, number>> {
  const what = "removing history past its time";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("prune_history").abortSignal(attempt.signal);
      return parsed(z.record(z.string(), z.number()), dataOf(await call), what);
    },
    { signal },
  );
}
