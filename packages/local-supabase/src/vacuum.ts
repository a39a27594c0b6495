import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "./engine.ts";
import type { ServerLogger } from "./server.ts";

const HOUR_MS = 3_600_000;

/** When and how to vacuum. */
export interface VacuumOptions {
  engine: Engine;
  logger: Pick<ServerLogger, "debug" | "warn">;
  /** Time between two rounds. Default 1 hour. */
  everyMs?: number;
  /** Waits; replaced in tests. */
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Vacuums every table now and then where nobody else does: PGlite runs no autovacuum, so without this updated tables
 * grow for ever, planning goes by stale statistics, and transaction ids are never reclaimed. A Postgres server vacuums
 * itself: there it does nothing.
 */
export function scheduleVacuum({
  engine,
  logger,
  everyMs = HOUR_MS,
  wait = (ms, signal) => sleep(ms, undefined, { signal, ref: false }),
}: VacuumOptions): { stop(): Promise<void> } {
  const stopped = new AbortController();

  async function rounds(): Promise<void> {
    while (true) {
      await wait(everyMs, stopped.signal);
      if (stopped.signal.aborted) return;
      await vacuum(engine, stopped.signal).then(
        (tables) => logger.debug({ tables }, "vacuumed"),
        (error: unknown) => logger.warn({ err: error }, "vacuum failed; it is tried again later"),
      );
    }
  }

  const running = engine.kind === "pglite" ? rounds().catch(() => {}) : Promise.resolve();
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

/** Vacuums and analyses every table, the catalogue's own included, one at a time, so that requests come in between. */
async function vacuum(engine: Engine, signal?: AbortSignal): Promise<number> {
  const { rows } = await engine.transaction((tx) =>
    tx.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and c.relpersistence = 'p' and n.nspname <> 'information_schema' order by c.oid`,
    ),
  );
  let done = 0;
  for (const { name } of rows) {
    if (signal?.aborted) break;
    await engine.exec(`vacuum (analyze) ${name}`);
    done++;
  }
  return done;
}
