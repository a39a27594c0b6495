import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { bootstrap } from "../bootstrap.ts";
import { type Engine, openPglite } from "../engine.ts";
import { callerFromHeaders, createGate, signToken } from "../gate.ts";
import { createStorageApp } from "./app.ts";
import type { StorageEnv } from "./context.ts";

const SECRET = "a secret of at least thirty-two characters";

/** For tests: the Storage server alone over a real PGlite, restartable on the same folders. */
export interface StorageTestServer {
  url: string;
  engine: Engine;
  filesDir: string;
  token(claims: Record<string, unknown>): Promise<string>;
  /** Serves the same database and folder anew, as after a crash. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts on `root`, which may hold what a killed server left, else on a new folder. `stop()` removes it. */
export async function startStorageTestServer(root?: string): Promise<StorageTestServer> {
  root ??= await mkdtemp(join(tmpdir(), "pilab-storage-"));
  const filesDir = join(root, "files");
  const engine = await openPglite(join(root, "db"));
  await bootstrap(engine, { storage: true });
  let serving = await serve(engine, filesDir);
  const token = (claims: Record<string, unknown>) =>
    signToken(SECRET, { exp: Math.floor(Date.now() / 1000) + 3600, ...claims });
  return {
    get url() {
      return serving.url;
    },
    engine,
    filesDir,
    token,
    restart: async () => {
      await serving.close();
      serving = await serve(engine, filesDir);
    },
    stop: async () => {
      await serving.close();
      await engine.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function serve(engine: Engine, filesDir: string): Promise<{ url: string; close(): Promise<void> }> {
  const storage = createStorageApp({
    engine,
    asCaller: createGate(engine),
    authenticate: (request) => callerFromHeaders(SECRET, request.headers),
    filesDir,
    jwtSecret: SECRET,
    logger: { warn() {}, error() {} },
  });
  const root = new Hono<StorageEnv>().route("/storage/v1", storage.app);
  const server = createAdaptorServer({ fetch: root.fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await storage.close();
    },
  };
}
