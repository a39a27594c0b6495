/**
 * The one small port through which everything here reaches Postgres. Two engines stand behind it:
 * {@link openPglite} (in process, runs anywhere) and {@link openPostgres} (a server).
 *
 * Both give the same JavaScript values: bigint and numeric as number, dates and times as PostgREST writes
 * them (`2025-06-15T15:06:40+00:00`), json parsed, bytea as Uint8Array.
 */

export { openPglite } from "./engine/pglite.ts";
export type { Engine, Tx } from "./engine/port.ts";
export { openPostgres } from "./engine/postgres.ts";
