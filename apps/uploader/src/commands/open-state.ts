import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { SYSTEM_STATE_FOLDER } from "../agent/status-file.ts";
import type { EnvironmentSource } from "../env.ts";
import { defaultStateFolder, type Journal, openJournal } from "../journal/journal.ts";

/** Options of the commands that look at a running agent's state. */
export interface StateFlags {
  stateDir?: string;
}

/** The state folder that a command means: the one it names, the service's when it is there, else the user's own. */
export function stateFolderOf({ stateDir }: StateFlags, source: EnvironmentSource): string {
  if (stateDir !== undefined) return resolve(stateDir);
  const isService =
    source.STATE_DIRECTORY === undefined && existsSync(join(SYSTEM_STATE_FOLDER, "journal.db"));
  return isService ? SYSTEM_STATE_FOLDER : defaultStateFolder(source);
}

/** Opens the journal beside its agent, for as long as `work` takes. */
export async function withJournal<T>(folder: string, work: (journal: Journal) => T | Promise<T>): Promise<T> {
  const journal = openJournal({ folder, access: "command" });
  try {
    return await work(journal);
  } finally {
    journal.close();
  }
}
