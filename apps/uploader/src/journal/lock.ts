import { DatabaseSync } from "node:sqlite";
import { PilabError } from "@pilab/schema";

// SQLITE_BUSY
const BUSY = 5;

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
