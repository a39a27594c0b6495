import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The name of what `install --new-target` leaves in the state folder, for the next start to consume. */
export const NEW_TARGET_MARK = "new-target";

/** Whether the journal may move to another target at the next start. */
export function isNewTargetMarked(stateFolder: string): boolean {
  return existsSync(join(stateFolder, NEW_TARGET_MARK));
}

/** It has moved: the next change is refused again. */
export function consumeNewTargetMark(stateFolder: string): void {
  rmSync(join(stateFolder, NEW_TARGET_MARK), { force: true });
}
