import { fileURLToPath } from "node:url";
import { PilabError } from "@pilab/schema";
import { ADMIN_EMAIL, ensureAdminAccount } from "./admin-account.ts";
import { createApi } from "./api.ts";
import { createAuth } from "./auth/auth.ts";
import { createSignInLimit } from "./auth/sign-in-limit.ts";
import { createUsers } from "./auth/users.ts";
import { bootstrap } from "./bootstrap.ts";
import { type DataDir, ensureDataDir, ensureKeys } from "./data-dir.ts";
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
import { createUndoStack, type UndoStack } from "./undo.ts";
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
  const { host = "127.0.0.1", port = 54321, logger = SILENT, tls } = options;
  refuseRiskyHost(host, options);
  const undo = createUndoStack();
  try {
    const dir = await ensureDataDir(options.dataDir);
    const lock = await lockDataDir(dir.root);
    undo.add(() => lock.release());
    const keys = await ensureKeys(dir.root, { jwtSecret: options.jwtSecret });
    const database = await openDatabase(dir, options, undo);
    let url = "";
    const services = { ...database, ...keys, dir, logger, undo, tls, publicUrl: () => url };
    const { server, admin } = await openServices(services, options.storage ?? true);
    const boundPort = await listen(server, { host, port, onTaken: options.onPortTaken });
    url = originOf(host, boundPort, tls !== undefined);
    await lock.describe({ url, engine: database.engine.kind });
    return {
      ...{ url, port: boundPort, host, dataDir: dir.root, admin },
      ...keys,
      engine: database.engine.kind,
      sql: database.engine,
      stop: () => undo.run(),
    };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

function refuseRiskyHost(
  host: string,
  { database, acceptPowerLoss, tls, logger }: LocalSupabaseOptions,
): void {
  if (isLoopback(host)) return;
  if (!database && !acceptPowerLoss) {
    throw new PilabError(
      "invalid_environment",
      `PGlite does not survive a power cut, and ${host} is open to other machines`,
      { hint: "Give a Postgres with --database, or accept the risk with --accept-power-loss." },
    );
  }
  if (!tls) {
    logger?.warn(
      { host },
      "listening beyond this machine without TLS: passwords and pictures travel in the clear",
    );
  }
}

interface Database {
  engine: Engine;
  /** False when a real Auth server keeps the schema `auth`, and answers `/auth/v1`. */
  ownsAuth: boolean;
}

async function openDatabase(dir: DataDir, options: LocalSupabaseOptions, undo: UndoStack): Promise<Database> {
  const { database, storage = true, migrationsDir = MIGRATIONS_DIR, logger = SILENT } = options;
  const engine = database ? await openPostgres(database) : await openPglite(dir.db);
  undo.add(() => engine.close());
  const { migrationRole, ownsAuth } = await bootstrap(engine, { storage });
  if (!ownsAuth) logger.warn({}, "another service has the schema auth: /auth/v1 is left to it");
  const applied = await migrate(engine, { dir: migrationsDir, role: migrationRole });
  if (applied.length > 0) logger.info({ applied }, "applied migrations");
  return { engine, ownsAuth };
}

interface Services extends Database {
  dir: DataDir;
  jwtSecret: string;
  logger: ServerLogger;
  undo: UndoStack;
  tls: LocalSupabaseOptions["tls"];
  publicUrl: () => string;
}

/** Puts REST, Auth, Storage and Realtime on one server, which does not listen yet. */
async function openServices(services: Services, withStorage: boolean) {
  const { engine, ownsAuth, jwtSecret, logger, undo, publicUrl } = services;
  const asCaller = createGate(engine);
  const connection = new LiteConnection(engine, asCaller);
  undo.add(await reloadOnNotify(engine, connection));
  const app = createLiteApp(connection, jwtSecret);
  const users = createUsers(engine);
  const admin = ownsAuth ? await ensureAdminAccount(engine, users) : { email: ADMIN_EMAIL, password: null };
  const authenticate = (request: Request) => callerFromHeaders(jwtSecret, request.headers);
  const storage = withStorage
    ? createStorageApp({ engine, asCaller, authenticate, filesDir: services.dir.files, jwtSecret, logger })
    : undefined;
  undo.add(() => storage?.close());
  const vacuum = scheduleVacuum({ engine, logger });
  undo.add(() => vacuum.stop());
  const api = createApi({
    logger,
    isReady: () => engine.transaction((tx) => tx.exec("select 1")),
    rest: createRest({ app, connection, jwtSecret }),
    auth: ownsAuth && createAuth({ app, users, jwtSecret, limit: createSignInLimit(), publicUrl }),
    storage: storage?.app,
  });
  const server = createServer(api, services.tls);
  undo.add(() => closeServer(server));
  const verifyToken = (token: string) => callerFromToken(jwtSecret, token);
  const realtime = attachRealtime({ server, engine, asCaller, verifyToken, logger });
  // The first to stop: a socket that stays open keeps the server from closing.
  undo.add(() => realtime.close());
  return { server, admin };
}

/** `notify pgrst, 'reload schema'` after a change of tables, as PostgREST has it. */
function reloadOnNotify(engine: Engine, connection: LiteConnection): Promise<() => Promise<void>> {
  return engine.listen("pgrst", (payload) => {
    if (payload === "" || payload === "reload schema") void connection.clearSchemaCache();
  });
}

const SILENT: ServerLogger = { debug() {}, info() {}, warn() {}, error() {} };
