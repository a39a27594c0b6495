import { execFile } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { MEMORY_ENVIRONMENT, NODE_OPTIONS } from "../../apps/uploader/src/systemd/render-units.ts";

const ROOT = join(import.meta.dirname, "../..");
const UPLOADER = join(ROOT, "apps/uploader");

/** A program as a Pi's unit starts it. */
export interface AgentProgram {
  /** Arguments of node: its options, then the bundle. */
  readonly args: readonly string[];
  /** What the unit says of memory. */
  readonly env: Readonly<Record<string, string>>;
}

/** The agent's bundle, made anew where the source is newer: as `bin/pilab-uploader` decides whether to start it. */
export async function agentProgram(): Promise<AgentProgram> {
  const main = join(UPLOADER, "dist/main.js");
  const packages = join(ROOT, "packages");
  const sources = readdirSync(packages).map((name) => join(packages, name, "src"));
  if (changedAt(main) < Math.max(...[join(UPLOADER, "src"), ...sources].map(newestIn))) await bundle();
  return asUnit(main);
}

/** The agent of the kill tests, with their short times, bundled in the same way. */
export async function agentWithTestTimes(): Promise<AgentProgram> {
  // Below the package, so that it finds sharp as the real one does.
  const folder = join(UPLOADER, "node_modules/.cache/soak");
  await bundle("test/agent/child.ts", "--out-dir", folder);
  return asUnit(join(folder, "child.js"));
}

function asUnit(main: string): AgentProgram {
  return { args: [...NODE_OPTIONS, main], env: MEMORY_ENVIRONMENT };
}

async function bundle(...args: string[]): Promise<void> {
  await promisify(execFile)(join(UPLOADER, "node_modules/.bin/tsdown"), args, { cwd: UPLOADER });
}

function newestIn(folder: string): number {
  if (!existsSync(folder)) return 0; // a package of settings alone
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Math.max(...entries.map(({ parentPath, name }) => changedAt(join(parentPath, name))));
}

/** 0 for what is not there. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
