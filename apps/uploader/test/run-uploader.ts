import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createPilabClient } from "@pilab/storage-core";
import { childEnvironment, type TestSupabase } from "@pilab/testing";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** What a run of the command left. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command under way. */
export interface RunningCommand {
  result: Promise<CommandResult>;
  /** Resolves when stdout holds the text. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts `pilab-uploader` as a user would, with nothing in its environment but what is given; `uid`: as another user. */
export function startUploader(
  args: string[],
  env: Record<string, string> = {},
  uid?: number,
): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...childEnvironment(), ...env },
    uid,
  });
  let stdout = "";
  let stderr = "";
  const waiting: { text: string; resolve: () => void }[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const one of waiting) if (stdout.includes(one.text)) one.resolve();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return {
    result: new Promise((resolve, reject) => {
      child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
    }),
    said: (text) =>
      new Promise((resolve) => (stdout.includes(text) ? resolve() : waiting.push({ text, resolve }))),
    kill: (signal) => child.kill(signal),
  };
}

/** Runs `pilab-uploader` to its end. */
export function uploader(
  args: string[],
  env: Record<string, string> = {},
  uid?: number,
): Promise<CommandResult> {
  return startUploader(args, env, uid).result;
}

/** Makes a device for one suite; gives the environment that signs in as it. */
export async function makeDevice(server: TestSupabase, slug: string): Promise<Record<string, string>> {
  const admin = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
  try {
    const { credentials } = await admin.devices.create({ slug, name: slug });
    return {
      SUPABASE_URL: server.url,
      SUPABASE_ANON_KEY: server.anonKey,
      PILAB_EMAIL: credentials.email,
      PILAB_PASSWORD: credentials.password,
      RETRY_BASE_DELAY: "0.05",
    };
  } finally {
    await admin.close();
  }
}
