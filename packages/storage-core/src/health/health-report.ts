import { type ErrorCode, isPilabError } from "@pilab/schema";
import type { PilabClient } from "../client.ts";

/** What /api/health answers: no message and no address, because anyone may ask. */
export interface HealthReport {
  readonly status: "ok" | "unhealthy";
  readonly checked_at: string;
  readonly dependencies: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly latency_ms: number;
    readonly error: ErrorCode | null;
  }[];
  /** The worker that runs retention and alerts. */
  readonly worker: {
    /** `dead` three minutes after its last tick; `unknown` where who asks may not read of it: without the service key. */
    readonly state: "alive" | "dead" | "unknown";
    /** null: unknown. */
    readonly alive: boolean | null;
    readonly tick_at: string | null;
    readonly version: string | null;
    /** Why nothing is known of it. */
    readonly error: ErrorCode | null;
  };
}

/**
 * Asks each dependency and the worker's tick, side by side. Never throws. `unhealthy`, which is HTTP 503, when one of them
 * is not well or when no worker is alive: then nothing is being removed, and nobody will be told of anything. A worker of which
 * nothing may be known makes nothing unhealthy.
 */
export async function healthReport(client: PilabClient): Promise<HealthReport> {
  const [health, worker] = await Promise.all([client.health.check(), workerOf(client)]);
  return {
    status: health.ok && worker.state !== "dead" ? "ok" : "unhealthy",
    checked_at: new Date(Date.now() + (client.clockOffsetMs() ?? 0)).toISOString(),
    dependencies: health.dependencies.map(({ name, ok, latencyMs, error }) => ({
      name,
      ok,
      latency_ms: latencyMs,
      error: error?.code ?? null,
    })),
    worker,
  };
}

async function workerOf(client: PilabClient): Promise<HealthReport["worker"]> {
  try {
    const workers = await client.workers.status(AbortSignal.timeout(5000));
    const worker = workers.find(({ alive }) => alive) ?? workers[0];
    const alive = worker?.alive ?? false;
    return {
      state: alive ? "alive" : "dead",
      alive,
      tick_at: worker?.tick_at ?? null,
      version: worker?.version ?? null,
      error: null,
    };
  } catch (error) {
    const code = isPilabError(error) ? error.code : "internal";
    const refused = code === "forbidden";
    return {
      state: refused ? "unknown" : "dead",
      alive: refused ? null : false,
      tick_at: null,
      version: null,
      error: code,
    };
  }
}
