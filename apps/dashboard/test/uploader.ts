import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "@pilab/testing";
import type { DashboardLab } from "./lab.ts";

const MAIN = fileURLToPath(new URL("../../uploader/src/main.ts", import.meta.url));

/** An uploader as a process of its own. */
export interface RunningUploader {
  /** What it has logged so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts `pilab-uploader run` as a new device of a lab, watching a folder; with what it does by default. */
export async function startUploader(
  { supabase, service }: DashboardLab,
  { slug, folder, stateDir }: { slug: string; folder: string; stateDir: string },
): Promise<RunningUploader> {
  const { credentials } = await service.devices.create({ slug, name: slug });
  const child = spawn(process.execPath, [MAIN, "run", "--folder", folder, "--state-dir", stateDir], {
    env: {
      ...childEnvironment(),
      NODE_ENV: "production",
      SUPABASE_URL: supabase.url,
      SUPABASE_ANON_KEY: supabase.anonKey,
      PILAB_EMAIL: credentials.email,
      PILAB_PASSWORD: credentials.password,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
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
