import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { PilabError } from "@pilab/schema";

// SQLITE_BUSY
const BUSY = 5;

/** Whether an agent holds the folder now. */
export function isLocked(path: string): boolean {
  if (!existsSync(path)) return false;
  const handle = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    handle.prepare("select 1 from sqlite_schema").get();
    return false;
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== BUSY) throw error;
    return true;
  } finally {
    handle.close();
  }
}

/**
 * Takes the state folder for one agent. The lock is SQLite's own on a file beside the journal, which the kernel drops
 * with its process, however that dies: nothing grows stale. Gives back its release.
 *
 * @throws PilabError `lock_held`
 */
export function lockForAgent(path: string, folder: string): () => void {
  const handle = new DatabaseSync(path, { timeout: 250 });
  try {
    handle.exec("begin exclusive");
  } catch (error) {
    handle.close();
    if ((error as { errcode?: number }).errcode !== BUSY) throw error;
    throw new PilabError("lock_held", `Another agent works with ${folder}`, {
      hint: "Stop it first (systemctl stop pilab-uploader), or give this one its own state folder.",
    });
  }
  return () => {
    if (handle.isOpen) handle.close();
  };
}
