import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "@pilab/testing";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** What a run of the command left. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface RunningCommand {
  readonly result: Promise<CommandResult>;
  /** Resolves when stdout holds the text; rejects when it ended without. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts `pilab-retention` as a user would, with nothing in its environment but what is given. */
export function startWorker(args: readonly string[], env: Record<string, string> = {}): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...childEnvironment(), ...env } });
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  const look = () => {
    for (const wake of waiting) wake();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const result = new Promise<CommandResult>((resolve, reject) => {
    child.on("error", reject).on("close", (code) => {
      resolve({ code, stdout, stderr });
      look();
    });
  });
  return {
    result,
    said: (text) =>
      new Promise((resolve, reject) => {
        const wake = () => {
          const ended = child.exitCode !== null;
          if (!stdout.includes(text) && !ended) return;
          waiting.delete(wake);
          if (stdout.includes(text)) resolve();
          else reject(new Error(`ended without saying "${text}": ${stdout}${stderr}`));
        };
        waiting.add(wake);
        wake();
      }),
    kill: (signal) => child.kill(signal),
  };
}

/** Runs `pilab-retention` to its end. */
export function runWorker(args: readonly string[], env?: Record<string, string>): Promise<CommandResult> {
  return startWorker(args, env).result;
}
