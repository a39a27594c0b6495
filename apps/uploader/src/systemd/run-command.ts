import { execFile } from "node:child_process";

/** Runs a program; gives what it wrote to stdout, or null when it is not there, fails or takes too long. */
export type RunCommand = (program: string, args: readonly string[]) => Promise<string | null>;

const TIMEOUT_MS = 5000;

/** Asks a program of the system that may well be missing, such as vcgencmd off a Pi. Gives up after 5 s. */
export const runCommand: RunCommand = (program, args) =>
  new Promise((resolve) => {
    execFile(program, args, { timeout: TIMEOUT_MS, encoding: "utf8" }, (error, stdout) => {
      resolve(error === null ? stdout : null);
    });
  });
