import { readFile, rm } from "node:fs/promises";
import { basename } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { PilabError } from "@pilab/schema";
import { z } from "zod";
import { dataDirPaths, ensureDataDir, foreignFolder, writeDurably } from "./data-dir.ts";

const OWN_PROGRAM = fileURLToPath(new URL("./main.ts", import.meta.url));

const runningFile = z.object({
  pid: z.number().int(),
  command: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
  url: z.string().optional(),
  engine: z.enum(["pglite", "postgres"]).optional(),
});

/** What a process that uses a data folder says about itself. */
export type Running = z.infer<typeof runningFile>;

/** A held lock. */
export interface DataDirLock {
  /** Tells other commands what serves the folder, and where. */
  describe(facts: Pick<Running, "url" | "engine">): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes a data folder for this process alone: two processes on one PGlite folder lose each other's rows silently.
 *
 * The lock is SQLite's own lock on `local.lock`, which the kernel drops when its process dies, however it dies: nothing
 * grows stale, and no two starters can race to clear a dead owner's mark.
 *
 * @throws PilabError `lock_held`, naming the process that holds the folder
 */
export async function lockDataDir(root: string, command = ownCommand()): Promise<DataDirLock> {
  const paths = await ensureDataDir(root);
  // A moment's patience: another command may be asking whether anyone runs.
  const handle = tryLock(paths.lock, 250);
  if (!handle) throw await heldError(paths.root);
  const self: Running = { pid: process.pid, command, startedAt: new Date().toISOString() };
  const describe = (facts: Pick<Running, "url" | "engine">) =>
    writeDurably(paths.running, `${JSON.stringify({ ...self, ...facts }, null, 2)}\n`);
  await describe({});
  return {
    describe,
    async release() {
      if (!handle.isOpen) return;
      await rm(paths.running, { force: true });
      handle.close();
    },
  };
}

/** Who uses the data folder now, or undefined when nobody does; what a dead process left behind is not believed. */
export async function whoRuns(root: string): Promise<Running | undefined> {
  const paths = dataDirPaths(root);
  const text = await readFile(paths.running, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EACCES") throw foreignFolder(paths.root, cause);
    return undefined;
  });
  if (text === undefined) return undefined;
  const handle = tryLock(paths.lock);
  if (handle) {
    handle.close();
    return undefined;
  }
  try {
    return runningFile.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Program and command, without the options: among them may be a password. */
function ownCommand(): string {
  const [, script = "node", command = ""] = process.argv;
  return `${script === OWN_PROGRAM ? "pilab-local" : basename(script)} ${command}`.trim();
}

function tryLock(path: string, timeout = 0): DatabaseSync | undefined {
  const handle = new DatabaseSync(path, { timeout });
  try {
    handle.exec("begin exclusive");
    return handle;
  } catch (error) {
    handle.close();
    // 5 is SQLITE_BUSY.
    if ((error as { errcode?: number }).errcode === 5) return undefined;
    throw error;
  }
}

async function heldError(root: string): Promise<PilabError> {
  const owner = await whoRuns(root);
  const who = owner ? `process ${owner.pid} (${owner.command})` : "another process";
  return new PilabError("lock_held", `${root} is in use by ${who}${owner?.url ? ` at ${owner.url}` : ""}`, {
    hint: "Use that one, stop it first, or give another folder: --data-dir or PILAB_DATA_DIR.",
    details: owner && { pid: owner.pid, url: owner.url },
  });
}
