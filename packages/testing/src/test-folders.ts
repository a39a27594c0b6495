import { chmod, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "pilab-test-";

/** A new folder under the system's temporary folder, which names the process that owns it. */
export async function makeTestFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // Others may pass through, not look: as root, Postgres runs as the user `postgres`.
  await chmod(folder, 0o711);
  return folder;
}

/** Removes what killed test processes left: their folders, and a Postgres that still runs in one. */
export async function sweepTestFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (!owner || isAlive(Number(owner))) continue;
    const folder = join(tmpdir(), name);
    // One that cannot be listed is another user's, and theirs to remove.
    const entries = await readdir(folder).catch(() => undefined);
    if (!entries) continue;
    const ended = await Promise.all(entries.map((entry) => endPostmaster(join(folder, entry))));
    if (ended.every(Boolean)) await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

/** Ends a postmaster that outlived its parent. False when a process may still use the folder. */
async function endPostmaster(dir: string): Promise<boolean> {
  const text = await readFile(join(dir, "postmaster.pid"), "utf8").catch(() => undefined);
  const pid = Number(text?.split("\n")[0]);
  if (!pid || !isAlive(pid)) return true;
  // The number may have passed to another process; only a server that works in this folder is ours to end.
  if ((await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) !== dir) return false;
  process.kill(pid, "SIGQUIT");
  for (let waitedMs = 0; waitedMs < 3000 && isAlive(pid); waitedMs += 50)
    await new Promise((done) => setTimeout(done, 50));
  return !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
