import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "@pilab/testing";
import type { DashboardLab } from "./lab.ts";

const MAIN = fileURLToPath(new URL("../../retention-worker/src/main.ts", import.meta.url));
const QUICK_ALERTS = new URL("./quick-alerts.ts", import.meta.url).href;

/** A retention worker as a process of its own. */
export interface RunningWorker {
  /** What it has logged so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts `pilab-retention serve` on a lab, past the dashboard: resolves once it serves. `quick`: it tells of alerts within seconds. */
export async function startWorker(
  { supabase }: DashboardLab,
  env: Record<string, string> = {},
  { quick = false } = {},
): Promise<RunningWorker> {
  const child = spawn(process.execPath, [...(quick ? ["--import", QUICK_ALERTS] : []), MAIN, "serve"], {
    env: {
      ...childEnvironment(),
      NODE_ENV: "production",
      SUPABASE_URL: supabase.url,
      SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey,
      STORAGE_BUCKET: "pilab-dev",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        if (output.includes('"serving"')) resolve();
      });
    }
    child.once("exit", (code) => reject(new Error(`the worker ended with ${code}:\n${output}`)));
  });
  return {
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    },
  };
}
