import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { CLUSTER_USER, startCluster } from "./embedded-postgres.ts";
import { makeTestFolder } from "./test-folders.ts";

const MIGRATIONS_DIR = fileURLToPath(new URL("../../../supabase/migrations/", import.meta.url));

/** A Postgres 17 whose databases have the roles, owners, grants and default privileges of hosted Supabase. */
export interface HostedPostgres {
  /** A new database without migrations. */
  createDatabase(): Promise<HostedDatabase>;
  stop(): Promise<void>;
}

/** One such database. */
export interface HostedDatabase {
  /** As supabase_admin, the superuser. */
  admin: pg.Client;
  /** Another connection, as `postgres` (no superuser) unless told otherwise. */
  connect(user?: "postgres" | "authenticator"): Promise<pg.Client>;
  /** Applies `supabase/migrations` as `postgres`, each file in its transaction, as `supabase db push` does. */
  migrate(): Promise<void>;
}

/** Starts an embedded Postgres on no port, with its data in a temporary folder. */
export async function startHostedPostgres(): Promise<HostedPostgres> {
  const folder = await makeTestFolder();
  const cluster = await startCluster(join(folder, "cluster"), ["-c", "wal_level=logical"]);
  const clients: pg.Client[] = [];
  const connect = async (database: string, user: string): Promise<pg.Client> => {
    const client = new pg.Client({ host: join(folder, "cluster"), database, user, password: "postgres" });
    // The server's last word to a client that a failed test left open is no failure of its own.
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const root = await connect("postgres", CLUSTER_USER);
  await root.query(await readSql("hosted-roles.sql"));
  let count = 0;
  return {
    async createDatabase() {
      const name = `hosted_${count++}`;
      await root.query(`create database ${name} owner postgres`);
      const admin = await connect(name, CLUSTER_USER);
      await admin.query(await readSql("hosted-supabase.sql"));
      return {
        admin,
        connect: (user = "postgres") => connect(name, user),
        migrate: async () => applyMigrations(await connect(name, "postgres")),
      };
    },
    async stop() {
      await Promise.all(clients.map((client) => client.end()));
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The names of the migrations, in the order in which they apply. */
export async function migrationNames(): Promise<string[]> {
  return (await readdir(MIGRATIONS_DIR)).sort();
}

/** The text of one. */
export function readMigration(name: string): Promise<string> {
  return readFile(join(MIGRATIONS_DIR, name), "utf8");
}

async function applyMigrations(client: pg.Client): Promise<void> {
  for (const name of await migrationNames()) {
    const sql = await readMigration(name);
    try {
      await client.query(`begin; ${sql}\n; commit`);
    } catch (cause) {
      const { message, position } = cause as pg.DatabaseError;
      const line = position ? sql.slice(0, Number(position) - "begin; ".length).split("\n").length : "?";
      throw new Error(`${name}:${line}: ${message}`, { cause });
    }
  }
}

function readSql(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), "utf8");
}
