import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Engine, Tx } from "./port.ts";
import { PARSERS } from "./values.ts";

// As hosted Supabase sets them for its API roles.
const SETTINGS = "-c timezone=UTC -c datestyle=ISO -c search_path=public,extensions";
const POOL_SIZE = 10;
const TEXT_ARRAY = 1009;
const RELISTEN_DELAY_MS = 1000;

/** Connects to a Postgres server, 15 or later, as the role of the URL. */
export async function openPostgres(url: string): Promise<Engine> {
  const config: pg.ClientConfig = { connectionString: url, types: await readTypes(url), options: SETTINGS };
  const pool = new pg.Pool({ ...config, max: POOL_SIZE });
  // A connection that dies while idle is replaced at the next use; without a listener it would end the process.
  pool.on("error", () => {});
  (await pool.connect()).release();
  const listeners = new Set<() => Promise<void>>();
  let closing: Promise<void> | undefined;
  return {
    kind: "postgres",
    transaction: (fn) => inTransaction(pool, fn),
    exec: async (sql) => {
      await pool.query(sql);
    },
    listen: async (channel, callback) => {
      const stop = await listen(config, channel, callback);
      listeners.add(stop);
      return () => {
        listeners.delete(stop);
        return stop();
      };
    },
    close: () => {
      closing ??= Promise.all([...listeners].map((stop) => stop())).then(() => pool.end());
      return closing;
    },
  };
}

async function inTransaction<T>(pool: pg.Pool, fn: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await fn(wrap(client));
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((cause: Error) => {
      broken = cause;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

function wrap(client: pg.ClientBase): Tx {
  return {
    query: async <R>(sql: string, params?: unknown[]) => {
      const result = await client.query(sql, params);
      return { rows: result.rows as R[], affected: result.rowCount ?? 0 };
    },
    exec: async (sql) => {
      await client.query(sql);
    },
  };
}

/** A connection of its own that listens, and comes back when the server restarts. Notifications in between are lost. */
async function listen(config: pg.ClientConfig, channel: string, callback: (payload: string) => void) {
  const stopped = new AbortController();
  let client = await subscribe();

  async function subscribe(): Promise<pg.Client> {
    const next = new pg.Client(config);
    next.on("notification", (message) => {
      if (message.channel === channel) callback(message.payload ?? "");
    });
    next.on("error", () => {});
    next.on("end", () => void resubscribe());
    await next.connect();
    await next.query(`listen ${pg.escapeIdentifier(channel)}`);
    return next;
  }

  async function resubscribe(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await sleep(RELISTEN_DELAY_MS, undefined, { signal: stopped.signal });
        client = await subscribe();
        return;
      } catch {
        // Not back yet; an aborted sleep ends the loop.
      }
    }
  }

  return async () => {
    stopped.abort();
    await client.end();
  };
}

/** Value readers that match PGlite's: node-postgres leaves arrays of most types as text. */
async function readTypes(url: string): Promise<pg.CustomTypesConfig> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client
    .query<{ array: number; element: number }>(
      "select typarray as array, oid as element from pg_type where typarray <> 0",
    )
    .finally(() => client.end());
  const elements = new Map(rows.map(({ array, element }) => [array, element]));
  const textArray = parserOf(TEXT_ARRAY);
  const getTypeParser = (oid: number, format?: "text" | "binary") => {
    if (format === "binary") return pg.types.getTypeParser(oid, "binary");
    const element = elements.get(oid);
    if (element === undefined) return parserOf(oid);
    const parse = parserOf(element);
    return (text: string) => mapDeep(textArray(text), parse);
  };
  return { getTypeParser: getTypeParser as pg.CustomTypesConfig["getTypeParser"] };
}

function parserOf(oid: number): (text: string) => unknown {
  return PARSERS[oid] ?? pg.types.getTypeParser(oid, "text");
}

function mapDeep(value: unknown, parse: (text: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, parse));
  return typeof value === "string" ? parse(value) : value;
}
