import { setTimeout } from "node:timers/promises";
import {
  type Database,
  PilabError,
  type REQUEST_KINDS,
  requestArgs,
  type WorkerRequestRow,
  workerRequestRow,
} from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

type Update = Database["public"]["Tables"]["worker_requests"]["Update"];
type Json = NonNullable<Database["public"]["Tables"]["worker_requests"]["Row"]["args"]>;

/** What the retention worker can be asked for. */
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** Asks the retention worker for something; {@link waitForRequest} awaits its answer. */
export async function askWorker(
  ctx: PilabContext,
  kind: RequestKind,
  args: Record<string, unknown> = {},
): Promise<WorkerRequestRow> {
  const { error } = requestArgs[kind].safeParse(args);
  if (error) throw new PilabError("invalid_input", `requests.ask ${kind}: ${z.prettifyError(error)}`);
  const what = `asking the retention worker for a ${kind}`;
  return await ctx.call({ what }, async ({ signal }) => {
    const call = ctx.supabase.from("worker_requests").insert({ kind, args: args as Json });
    return parsed(workerRequestRow, dataOf(await call.select("*").abortSignal(signal).single()), what);
  });
}

/** A request as it stands. Throws `not_found`. */
export async function getRequest(
  ctx: PilabContext,
  id: string,
  signal?: AbortSignal,
): Promise<WorkerRequestRow> {
  const what = `reading request ${id}`;
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.from("worker_requests").select("*").eq("id", id);
      return parsed(workerRequestRow, dataOf(await call.abortSignal(attempt.signal).single()), what);
    },
    { signal },
  );
}

/** Settings of {@link waitForRequest}. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Throws `timeout` after so long. Default 120000. */
  readonly timeoutMs?: number | undefined;
  /** How often it looks. Default 1000. */
  readonly everyMs?: number | undefined;
}

/** The request once it is done or failed: look at `state`, then at `result` or `error`. */
export async function waitForRequest(
  ctx: PilabContext,
  id: string,
  { signal, timeoutMs = 120_000, everyMs = 1000 }: WaitOptions = {},
): Promise<WorkerRequestRow> {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    const request = await getRequest(ctx, id, signal);
    if (request.finished_at !== null) return request;
    if (performance.now() + everyMs > endsAt) {
      throw new PilabError("timeout", `the retention worker has not answered within ${timeoutMs / 1000} s`, {
        hint:
          request.state === "pending"
            ? "No worker took it: is `pilab-retention serve` running?"
            : "It works on it still; the answer comes into the same request.",
      });
    }
    await setTimeout(everyMs, undefined, { signal });
  }
}

/**
 * Takes the oldest request that waits, or that its worker has not finished within `staleMs` (it died); undefined: there is
 * none. Of two workers that take the same one, one gets it. With the service key only.
 */
export async function takeRequest(
  ctx: PilabContext,
  { worker, staleMs, signal }: { worker: string; staleMs: number; signal?: AbortSignal | undefined },
): Promise<WorkerRequestRow | undefined> {
  const what = "looking for requests";
  return await ctx.call(
    { what },
    async (attempt) => {
      const now = Date.now() + (ctx.clock.offsetMs() ?? 0);
      const stale = new Date(now - staleMs).toISOString();
      const waiting = ctx.supabase.from("worker_requests").select("id, state, started_at");
      const [oldest] = dataOf(
        await waiting
          .or(`state.eq.pending,and(state.eq.running,started_at.lt.${stale})`)
          .order("created_at")
          .limit(1)
          .abortSignal(attempt.signal),
      );
      if (!oldest) return undefined;
      const take = ctx.supabase
        .from("worker_requests")
        .update({ state: "running", worker, started_at: new Date(now).toISOString() })
        .eq("id", oldest.id)
        .eq("state", oldest.state);
      const same =
        oldest.started_at === null ? take.is("started_at", null) : take.eq("started_at", oldest.started_at);
      const [taken] = dataOf(await same.select("*").abortSignal(attempt.signal));
      return taken === undefined ? undefined : parsed(workerRequestRow, taken, what);
    },
    { signal },
  );
}

/** What the worker says of a request: `touch` keeps others from taking it up, `release` lets them. */
export type RequestChange = { touch: true } | { release: true } | { result: unknown } | { error: string };

/** Says that a request is still worked on, gives it back, or answers it. With the service key only. */
export async function updateRequest(ctx: PilabContext, id: string, change: RequestChange): Promise<void> {
  await ctx.call({ what: `answering request ${id}` }, async ({ signal }) => {
    const now = new Date(Date.now() + (ctx.clock.offsetMs() ?? 0)).toISOString();
    const call = ctx.supabase.from("worker_requests").update(fieldsOf(change, now)).eq("id", id);
    dataOf(await call.eq("state", "running").abortSignal(signal));
  });
}

function fieldsOf(change: RequestChange, now: string): Update {
  if ("touch" in change) return { started_at: now };
  if ("release" in change) return { state: "pending", worker: null, started_at: null };
  if ("error" in change) return { state: "failed", finished_at: now, error: change.error.slice(0, 2000) };
  return { state: "done", finished_at: now, result: change.result as Json };
}
