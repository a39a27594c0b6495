import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { dataDirPaths } from "../packages/local-supabase/src/data-dir.ts";

const CLI = fileURLToPath(new URL("../packages/local-supabase/src/main.ts", import.meta.url));
/** It ends within two seconds of being asked; after this it hangs. */
const STOP_WITHIN_MS = 15_000;

/** `pilab-local start` as a child of this process. */
export interface LocalServer {
  /** True once it serves, false when it ended before. */
  ready: Promise<boolean>;
  /** Its exit code, when it is gone. */
  ended: Promise<number>;
  /** Asks it to stop, and ends it when it does not. Resolves when it is gone. */
  stop(): Promise<number>;
  kill(): void;
}

/** Where a local Supabase answers, and its keys. */
export interface LocalAccess {
  url: string;
  anonKey: string;
  serviceRoleKey: string;
}

/**
 * Starts the server. It is not in our process group, so that Ctrl-C reaches us alone and what uses the server stops
 * before it does; the channel to it ends with us, however we die, and it ends with the channel.
 */
export function startLocalServer(dataDir: string, port: string): LocalServer {
  const args = [CLI, "start", "--data-dir", dataDir, "--port", port];
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject).on("exit", (code) => resolve(code ?? 1));
  });
  // It greets when it serves, in lines for the person who started us.
  const greeted = new Promise<boolean>((resolve) => child.stdout?.once("data", () => resolve(true)));
  child.stdout?.pipe(process.stdout, { end: false });
  return {
    ready: Promise.race([greeted, ended.then(() => false)]),
    ended,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
    kill: () => child.kill("SIGKILL"),
  };
}

/** How to reach the server that serves a data folder now. */
export async function readAccess(dataDir: string): Promise<LocalAccess> {
  const paths = dataDirPaths(dataDir);
  const [running, keys] = await Promise.all(
    [paths.running, paths.keys].map(async (path) => JSON.parse(await readFile(path, "utf8"))),
  );
  return { url: running.url, anonKey: keys.anonKey, serviceRoleKey: keys.serviceRoleKey };
}
