import { setTimeout as sleep } from "node:timers/promises";
import { PilabError } from "@pilab/schema";
import pg from "pg";
import type { Engine, Tx } from "./port.ts";
import { ARRAY_TYPES_SQL, arrayParsers, PARSERS } from "./values.ts";

// As hosted Supabase sets them for its API roles.
const SETTINGS = "-c timezone=UTC -c datestyle=ISO -c search_path=public,extensions";
const POOL_SIZE = 10;
const CONNECT_MS_MAX = 5000;
const RELISTEN_DELAY_MS = 1000;

/** Connects to a Postgres server, 15 or later, as the role of the URL. */
export async function openPostgres(url: string): Promise<Engine> {
  const config: pg.ClientConfig = { connectionString: url, types: await readTypes(url), options: SETTINGS };
  const pool = new pg.Pool({ ...config, max: POOL_SIZE, connectionTimeoutMillis: CONNECT_MS_MAX });
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
  const client = await pool.connect().catch((cause: Error) => {
    throw notAvailable(cause);
  });
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
    await next.connect();
    await next.query(`listen ${pg.escapeIdentifier(channel)}`);
    // Only now: a connection that never came ends too, and the loop below is already at it.
    next.once("end", () => void resubscribe());
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

/** Reads values as PGlite does. */
async function readTypes(url: string): Promise<pg.CustomTypesConfig> {
  const client = new pg.Client({ connectionString: url });
  await client.connect().catch((cause: Error) => {
    throw notReached(client, cause);
  });
  const { rows } = await client
    .query<{ array: number; element: number }>(ARRAY_TYPES_SQL)
    .finally(() => client.end());
  const arrays = arrayParsers(rows, parserOf);
  const getTypeParser = (oid: number, format?: "text" | "binary") =>
    format === "binary" ? pg.types.getTypeParser(oid, "binary") : (arrays.get(oid) ?? parserOf(oid));
  return { getTypeParser: getTypeParser as pg.CustomTypesConfig["getTypeParser"] };
}

/** What Postgres itself refuses keeps its SQLSTATE; else the server is away, or every connection is taken. */
function notAvailable(cause: Error): Error {
  if (cause instanceof pg.DatabaseError) return cause;
  return new PilabError("server_busy", `The database gives no connection: ${cause.message}`, { cause });
}

/** Names the server, never the password that the URL may carry. */
function notReached({ host, port, database = "" }: pg.Client, cause: NodeJS.ErrnoException): PilabError {
  const why = cause instanceof AggregateError ? cause.errors.map(String).join("; ") : cause.message;
  // What Postgres itself says has a code of five characters and will not pass by itself; the network may.
  const refused = /^(?!57)[0-9][0-9A-Z]{4}$/.test(cause.code ?? "");
  return new PilabError(
    refused ? "invalid_environment" : "network",
    `Postgres at ${host}:${port}/${database}: ${why}`,
    {
      cause,
      hint: "Check the URL given with --database, and that its server runs.",
    },
  );
}

function parserOf(oid: number): (text: string) => unknown {
  return PARSERS[oid] ?? pg.types.getTypeParser(oid, "text");
}
