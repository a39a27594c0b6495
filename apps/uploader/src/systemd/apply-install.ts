import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PilabError } from "@pilab/schema";
import type { InstallStep } from "./plan-install.ts";

/** What {@link applyInstall} works with. */
export interface ApplyOptions {
  /** Only print. */
  dryRun?: boolean;
  /** Tells what is done, a line at a time. */
  print: (line: string) => void;
  /** Before every path. Default "": the machine itself. */
  root?: string;
  /** Runs a program; rejects with its own words when it fails. */
  run?: (program: string, args: readonly string[]) => Promise<void>;
}

/**
 * Does the steps in order and tells whether any file changed; doing them again changes nothing. Stops at the first
 * that fails.
 *
 * @throws PilabError `forbidden` without the right to write, `internal` when a program fails
 */
export async function applyInstall(steps: readonly InstallStep[], options: ApplyOptions): Promise<boolean> {
  const { dryRun = false, print, root = "", run = runOrThrow } = options;
  let changed = false;
  for (const step of steps) {
    if (step.kind === "run") {
      const line = [step.program, ...step.args].join(" ");
      if (dryRun) print(`would run ${line}${step.ifChanged ? ", if a file changed" : ""}`);
      else if (!step.ifChanged || changed) {
        await run(step.program, step.args).catch((error: unknown) => {
          if (!step.mayFail) throw error;
        });
        print(`ran ${line}`);
      }
      continue;
    }
    const path = join(root, step.path);
    if (await isDone(step, path)) continue;
    changed = true;
    if (dryRun) {
      print(`would ${step.kind === "remove" ? "remove" : "write"} ${step.path}`);
      if (step.kind === "file" && !step.secret) print(step.text.replaceAll(/^/gm, "  ").trimEnd());
      continue;
    }
    await change(step, path).catch((error: unknown) => {
      throw explained(error, step.path);
    });
    print(`${step.kind === "remove" ? "removed" : "wrote"} ${step.path}`);
  }
  return changed;
}

type FileStep = Exclude<InstallStep, { kind: "run" }>;

async function isDone(step: FileStep, path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (step.kind === "remove") return found === null;
  if (found === null || (found.mode & 0o777) !== step.mode) return false;
  return step.kind === "folder" || (await readFile(path, "utf8").catch(() => null)) === step.text;
}

async function change(step: FileStep, path: string): Promise<void> {
  if (step.kind === "remove") return await rm(path, { force: true });
  await mkdir(step.kind === "folder" ? path : dirname(path), { recursive: true });
  if (step.kind === "folder") return await chmod(path, step.mode);
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  await writeFile(temporary, step.text, { mode: step.mode, flag: "wx", flush: true });
  await chmod(temporary, step.mode); // whatever the umask
  await rename(temporary, path);
}

function explained(error: unknown, path: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS") return error;
  return new PilabError("forbidden", `${path} cannot be written`, {
    hint: "Run it as root: sudo pilab-uploader install …",
    cause: error,
  });
}

function runOrThrow(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { encoding: "utf8" }, (error, _stdout, stderr) => {
      if (error === null) return resolve();
      reject(
        new PilabError("internal", `${program} ${args.join(" ")} failed: ${stderr.trim() || error.message}`, {
          hint: "systemctl status and journalctl -u tell more of a unit that does not start.",
          cause: error,
        }),
      );
    });
  });
}
