import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Served } from "../packages/local-supabase/src/commands/start.ts";
import { type Child, startChild } from "./child.ts";

const PROGRAMS = {
  server: program("../packages/local-supabase/src/main.ts"),
  agent: program("../apps/uploader/src/main.ts"),
  worker: program("../apps/retention-worker/src/main.ts"),
  dashboard: program("../apps/dashboard/scripts/start.ts"),
};
const LOOK_EVERY_MS = 250;

/** Starts `pilab-local start`; `said` of it is a {@link Served} once it serves. */
export function startServer(dataDir: string, port: string): Child {
  return startChild([PROGRAMS.server, "start", "--data-dir", dataDir, "--port", port]);
}

/** Starts `pilab-uploader run` with these options. */
export function startAgent(args: readonly string[]): Child {
  return startChild([PROGRAMS.agent, "run", ...args], { env: QUIET });
}

/** Starts `pilab-retention serve`. */
export function startWorker({ url, serviceRoleKey }: Served, dataDir: string): Child {
  const env = {
    ...QUIET,
    SUPABASE_URL: url,
    SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
    AUDIT_HEAD_FILE: join(dataDir, "audit-heads.jsonl"),
  };
  return startChild([PROGRAMS.worker, "serve"], { env });
}

/** Starts the dashboard's production server; it builds first where that is due. */
export function startDashboard({ url, anonKey, serviceRoleKey }: Served, port: number): Child {
  const env = {
    ...QUIET,
    SUPABASE_URL: url,
    SUPABASE_ANON_KEY: anonKey,
    SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
    DASHBOARD_PORT: String(port),
  };
  // Next.js greets on stdout.
  return startChild([PROGRAMS.dashboard], { env, stdout: "ignore" });
}

/** Resolves true when the address answers, false when the signal aborts before. */
export async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const response = await fetch(url, { signal }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return true;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
  return false;
}

/** This port of loopback, or the next that is free; for 0 any. */
export async function freePort(wanted: number): Promise<number> {
  for (let port = wanted; ; port += 1) {
    const free = await new Promise<number | undefined>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(undefined));
      probe.listen(port, "127.0.0.1", () => {
        const { port: taken } = probe.address() as { port: number };
        probe.close(() => resolve(taken));
      });
    });
    if (free !== undefined) return free;
    if (port === 65_535) throw new Error(`no port from ${wanted} up is free`);
  }
}

/** What goes on is told by npm start and the dashboard; only what is wrong is said here. */
const QUIET = { LOG_LEVEL: "warn", LOG_FORMAT: "pretty" };

function program(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
