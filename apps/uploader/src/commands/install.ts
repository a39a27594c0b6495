import { readFile } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PilabError } from "@pilab/schema";
import { Command } from "commander";
import { type RunFlags, readSettings } from "../agent/settings.ts";
import { checkCommand } from "../capture/index.ts";
import { readCredentials } from "../credentials.ts";
import { withAgentOptions } from "../program.ts";
import {
  applyInstall,
  LEFT_BY_UNINSTALL,
  NODE_OPTIONS,
  planInstall,
  planUninstall,
} from "../systemd/index.ts";
import type { CommandContext } from "./command-context.ts";

/** Options of `install`: those of `run`, with which the agent is started then, and its own. */
export interface InstallFlags extends RunFlags {
  /** Seconds. */
  capture?: number;
  cameraNetwork?: boolean;
  user?: string;
  dryRun?: boolean;
}

// Beside the bundle's other files, or above our own source.
const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../main.ts" : "./main.js", import.meta.url),
);
/** As it was started, where that is a path: what it links to bears a version, and goes with the next update. */
const NODE = isAbsolute(process.argv0) ? process.argv0 : process.execPath;
/** The unit itself says where these are. */
const OF_THE_UNIT = new Set(["credentials", "stateDir"]);

/** Writes and starts the services. */
export async function runInstall(
  camera: readonly string[],
  flags: InstallFlags,
  { source, output }: CommandContext,
): Promise<number> {
  const { capture, cameraNetwork = false, user, dryRun = false } = flags;
  if ((capture === undefined) !== (camera.length === 0)) {
    const watch = camera.length > 0 && camera.every((word) => word.startsWith("/"));
    throw new PilabError("invalid_input", "install wants --capture and the camera's command together", {
      hint: watch
        ? `A folder to watch is named so: install --folder ${camera.join(" --folder ")}`
        : "install --capture 60 -- rpicam-still -o {file}",
    });
  }
  if (capture !== undefined) checkCommand(camera);
  if (flags.stateDir !== undefined) {
    throw new PilabError(
      "invalid_input",
      "install has no --state-dir: the service keeps its state in /var/lib",
    );
  }
  const { folders, freeFolders } = readSettings(flags, source); // also tells now what the service would stumble on
  const steps = planInstall({
    program: [NODE, ...NODE_OPTIONS, MAIN],
    runArgs: agentArgs(flags),
    folders,
    freeFolders,
    user,
    newTarget: flags.newTarget,
    credentials: await readCredentialsText(flags.credentials, output.err),
    capture:
      capture === undefined
        ? undefined
        : {
            captureArgs: ["--interval", String(capture), "--supabase", "--", ...camera],
            network: cameraNetwork,
          },
  });
  const print = (line: string) => output.out(`${line}\n`);
  const changed = await applyInstall(steps, { dryRun, print });
  if (!changed && !dryRun) print("Everything was as it should be.");
  return 0;
}

/** Stops and removes the services. */
export async function runUninstall(
  { dryRun = false }: { dryRun?: boolean },
  { output }: CommandContext,
): Promise<number> {
  const print = (line: string) => output.out(`${line}\n`);
  await applyInstall(planUninstall(), { dryRun, print });
  print(`Left, for you to keep or remove: ${LEFT_BY_UNINSTALL.join(", ")}`);
  return 0;
}

/** The options of `run` as they were given, paths made absolute. */
export function agentArgs(flags: RunFlags): string[] {
  const values = flags as Record<string, unknown>;
  return withAgentOptions(new Command()).options.flatMap((option) => {
    const name = option.attributeName();
    const value = values[name];
    const long = option.long as string;
    if (OF_THE_UNIT.has(name) || value === undefined) return [];
    if (typeof value === "boolean") return value === option.negate ? [] : [long];
    const isPath = option.flags.endsWith("<path>");
    const texts = (Array.isArray(value) ? value : [value]).map(String);
    return texts.flatMap((text) => [long, isPath ? resolve(text) : text]);
  });
}

async function readCredentialsText(
  path: string | undefined,
  err: (text: string) => void,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  await readCredentials(path, (message) => err(`pilab-uploader: ${message}\n`));
  return await readFile(path, "utf8");
}
