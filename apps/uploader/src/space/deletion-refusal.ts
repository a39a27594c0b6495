import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { userInfo } from "node:os";

/** What to say of a folder in which this user may not delete, before the first copy has to go; null when it may. */
export async function findDeletionRefusal(folder: string): Promise<string | null> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    const { mode, uid } = await stat(folder);
    const isOthersOnly = (mode & 0o1000) !== 0 && ![0, uid].includes(userInfo().uid);
    return isOthersOnly ? describeDeletionRefusal(folder, "EPERM") : null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    return code === "ENOENT" || code === "ENOTDIR" ? null : describeDeletionRefusal(folder, code);
  }
}

/** What to say when the system refuses a deletion, with what helps. */
export function describeDeletionRefusal(folder: string, code: string): string {
  const { username } = userInfo();
  const refusal = `Copies in ${folder} cannot be freed: the system forbids ${username} to delete there (${code})`;
  if (code === "EROFS") return `${refusal}. The disk is mounted read-only: mount it for writing.`;
  if (code !== "EACCES" && code !== "EPERM") return `${refusal}.`;
  return `${refusal}. For each folder in it too: sudo chgrp ${username} ${folder} && sudo chmod 2775 ${folder}`;
}
