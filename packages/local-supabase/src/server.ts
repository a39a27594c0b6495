import { fileURLToPath } from "node:url";
import { PilabError } from "@pilab/schema";
import { ensureAdminAccount } from "./admin-account.ts";
import { createApi } from "./api.ts";
import { createAuth } from "./auth/auth.ts";
import { createSignInLimit } from "./auth/sign-in-limit.ts";
import { createUsers } from "./auth/users.ts";
import { bootstrap } from "./bootstrap.ts";
import { ensureDataDir, ensureKeys } from "./data-dir.ts";
import { type Engine, openPglite, openPostgres } from "./engine.ts";
import { callerFromHeaders, callerFromToken, createGate } from "./gate.ts";
import { closeServer, createServer, isLoopback, originOf } from "./listener.ts";
import { createLiteApp } from "./lite/app.ts";
import { LiteConnection } from "./lite/connection.ts";
import { lockDataDir } from "./lock.ts";
import { migrate } from "./migrate.ts";
import { listen, type PortHolder } from "./port.ts";
import { attachRealtime } from "./realtime/index.ts";
import { createRest } from "./rest.ts";
import { createStorageApp } from "./storage/index.ts";
import { scheduleVacuum } from "./vacuum.ts";

/** What the server writes to its log; pino's logger fits. */
export interface ServerLogger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Options of {@link startLocalSupabase}. */
export interface LocalSupabaseOptions {
  /** The folder of the database, the objects and the keys. One process at a time may use it. */
  dataDir: string;
  /** The port wanted; when it is taken the next free one is used. 0 lets the system choose. Default 54321. */
  port?: number;
  /** Default 127.0.0.1: this machine alone. */
  host?: string;
  /** A Postgres URL; without it the database is PGlite, in this process. */
  database?: string;
  /** False leaves `/storage/v1` and the schema `storage` to another server. Default true. */
  storage?: boolean;
  /** Signs every token. Default: the secret in `<dataDir>/keys.json`, made at the first start. */
  jwtSecret?: string;
  /** Default: `supabase/migrations` of this repository; null applies none. */
  migrationsDir?: string | null;
  /** PEM. Without it everything, passwords included, travels in the clear. */
  tls?: { cert: string | Buffer; key: string | Buffer };
  /** Allows PGlite beyond loopback, though a power cut may lose what Pis were told is stored. Default false. */
  acceptPowerLoss?: boolean;
  /** Default: silent. */
  logger?: ServerLogger;
  /** Told of each port that was taken, and by whom where the system says. */
  onPortTaken?: (port: number, holder?: PortHolder) => void;
}

/** A running server. */
export interface LocalSupabase {
  url: string;
  port: number;
  host: string;
  engine: Engine["kind"];
  dataDir: string;
  anonKey: string;
  serviceRoleKey: string;
  jwtSecret: string;
  /** The password is known only to the start that made the account. */
  admin: { email: string; password: string | null };
  /** The database as its owner; for suites and maintenance, never for requests. */
  sql: Engine;
  /** Ends open requests within two seconds, closes the database and frees the folder. */
  stop(): Promise<void>;
}

/** `supabase/migrations` of this repository. */
export const MIGRATIONS_DIR = fileURLToPath(new URL("../../../supabase/migrations", import.meta.url));

/**
 * Starts one origin that answers supabase-js: REST, Auth, Storage and Realtime over one Postgres.
 *
 * @throws {PilabError} `lock_held` when another process uses the folder, `invalid_environment` for options that do not fit
 */
export async function startLocalSupabase(options: LocalSupabaseOptions): Promise<LocalSupabase> {
  const { host = "127.0.0.1", port = 54321, logger = SILENT, tls, database } = options;
  if (!database && !isLoopback(host) && !options.acceptPowerLoss) {
    throw new PilabError(
      "invalid_environment",
      `PGlite does not survive a power cut, and ${host} is open to other machines`,
      {
        hint: "Give a Postgres with --database, or accept the risk with --accept-power-loss.",
      },
    );
  }
  const undo: (() => Promise<unknown> | unknown)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= undoAll(undo);
    return stopping;
  };
  try {
    const dir = await ensureDataDir(options.dataDir);
    const lock = await lockDataDir(dir.root);
    undo.push(() => lock.release());
    const keys = await ensureKeys(dir.root, { jwtSecret: options.jwtSecret });
    const engine = database ? await openPostgres(database) : await openPglite(dir.db);
    undo.push(() => engine.close());
    const { jwtSecret } = keys;
    const storage = options.storage ?? true;
    const { migrationRole } = await bootstrap(engine, { storage });
    const migrationsDir = options.migrationsDir === undefined ? MIGRATIONS_DIR : options.migrationsDir;
    const applied = await migrate(engine, { dir: migrationsDir, role: migrationRole });
    if (applied.length > 0) logger.info({ applied }, "applied migrations");

    const asCaller = createGate(engine);
    const users = createUsers(engine);
    const admin = await ensureAdminAccount(engine, users);
    const connection = new LiteConnection(engine, asCaller);
    undo.push(await reloadOnNotify(engine, connection));
    const app = createLiteApp(connection, jwtSecret);
    let url = "";
    const objects = storage
      ? createStorageApp({
          engine,
          asCaller,
          authenticate: (request) => callerFromHeaders(jwtSecret, request.headers),
          filesDir: dir.files,
          jwtSecret,
          logger,
        })
      : undefined;
    if (objects) undo.push(() => objects.close());
    const vacuum = scheduleVacuum({ engine, logger });
    undo.push(() => vacuum.stop());
    const api = createApi({
      logger,
      isReady: () => engine.transaction((tx) => tx.exec("select 1")),
      rest: createRest({ app, connection, jwtSecret }),
      auth: createAuth({ app, users, jwtSecret, limit: createSignInLimit(), publicUrl: () => url }),
      ...(objects && { storage: objects.app }),
    });
    const server = createServer(api, tls);
    const realtime = attachRealtime({
      server,
      engine,
      asCaller,
      verifyToken: (token) => callerFromToken(jwtSecret, token),
      logger,
    });
    undo.push(() => closeServer(server));
    // First to go: a socket that stays open keeps the server from closing.
    undo.push(() => realtime.close());
    const boundPort = await listen(server, { host, port, onTaken: options.onPortTaken });
    url = originOf(host, boundPort, tls !== undefined);
    await lock.describe({ url, engine: engine.kind });
    if (!isLoopback(host) && !tls) {
      logger.warn(
        { host },
        "listening beyond this machine without TLS: passwords and pictures travel in the clear",
      );
    }
    return {
      url,
      port: boundPort,
      host,
      engine: engine.kind,
      dataDir: dir.root,
      ...keys,
      admin,
      sql: engine,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `notify pgrst, 'reload schema'` after a change of tables, as PostgREST has it. */
function reloadOnNotify(engine: Engine, connection: LiteConnection): Promise<() => Promise<void>> {
  return engine.listen("pgrst", (payload) => {
    if (payload === "" || payload === "reload schema") void connection.clearSchemaCache();
  });
}

/** Undoes the start, last step first; one step that fails does not keep the others from happening. */
async function undoAll(steps: (() => Promise<unknown> | unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps.reverse()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "local-supabase did not stop cleanly");
}

const SILENT: ServerLogger = { debug() {}, info() {}, warn() {}, error() {} };
