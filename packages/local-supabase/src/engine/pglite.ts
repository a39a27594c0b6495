import { mkdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { pgcrypto } from "@electric-sql/pglite/contrib/pgcrypto";
import type { Engine, Tx } from "./port.ts";
import { ARRAY_TYPES_SQL, arrayParsers, PARSERS } from "./values.ts";

// A lab's catalogue fits these; PGlite's own defaults cost 100 MB more of memory and a gigabyte of WAL.
const SETTINGS = [
  "shared_buffers=32MB",
  "max_wal_size=128MB",
  "timezone=UTC",
  "search_path=public,extensions",
];

/**
 * Opens (and on the first call makes) a Postgres inside this process.
 * It survives kill -9, but never calls fsync: a power cut may lose it. One process a folder: the caller holds the lock.
 */
export async function openPglite(dir: string): Promise<Engine> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const db = await PGlite.create({
    dataDir: dir,
    extensions: { pgcrypto },
    parsers: PARSERS,
    startParams: [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ["-c", setting])],
  });
  const { rows } = await db.query<{ array: number; element: number }>(ARRAY_TYPES_SQL);
  const asText = (text: string): unknown => text;
  for (const [oid, parse] of arrayParsers(rows, (element) => db.parsers[element] ?? asText)) {
    db.parsers[oid] = (text) => parse(text);
  }
  let closing: Promise<void> | undefined;
  return {
    kind: "pglite",
    transaction: (fn) => takingTurns(() => db.transaction((tx) => fn(wrap(tx)))),
    exec: (sql) =>
      takingTurns(async () => {
        await db.exec(sql);
      }),
    listen: async (channel, callback) => {
      const unlisten = await db.listen(channel, callback);
      return () => (closing ? Promise.resolve() : unlisten());
    },
    close: () => {
      closing ??= db.close();
      return closing;
    },
  };
}

/** PGlite works without ever leaving the microtask queue, so a loop of queries would keep every socket waiting. */
async function takingTurns<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await setImmediate();
  }
}

function wrap(tx: Transaction): Tx {
  return {
    query: async <R>(sql: string, params: unknown[] = []) => {
      const result = await tx.query<R>(sql, params);
      return { rows: result.rows, affected: result.affectedRows ?? 0 };
    },
    exec: async (sql) => {
      await tx.exec(sql);
    },
  };
}
