import { lstat } from "node:fs/promises";
import type { Journal } from "../journal/journal.ts";

/** What {@link createForgetPass} takes. */
export interface ForgetPassOptions {
  readonly journal: Pick<Journal, "forgettable" | "forget">;
  readonly keepProofsMs: number;
  /** By a clock that may be wrong no proof is old. */
  readonly isClockRight: () => boolean;
  /** Runs a change of the journal, if need be a second time, with the reserve given up. */
  readonly write: <T>(change: () => Promise<T>) => Promise<T>;
  readonly now?: () => number;
}

/** Looked at in one pass: a hundred passes a day look at more than a camera takes, and none is felt. */
const PAGE = 500;
/** What an unset clock wrote down is of unknown age. */
const BELIEVABLE_SINCE_MS = Date.UTC(2020, 0, 1);

/**
 * Makes a pass that looks at the next page of the journal and drops what has been freed, removed on the server or gone
 * for longer than proofs are kept. What lies under its path still is never forgotten: it would be taken for new.
 */
export function createForgetPass(options: ForgetPassOptions): () => Promise<number> {
  const { journal, keepProofsMs, isClockRight, write, now = Date.now } = options;
  let afterId = 0;
  return async () => {
    if (!isClockRight()) return 0;
    const times = { sinceMs: BELIEVABLE_SINCE_MS, beforeMs: now() - keepProofsMs };
    const { files, lastId } = journal.forgettable({ afterId, limit: PAGE, ...times });
    afterId = lastId ?? 0;
    const old: number[] = [];
    for (const { id, path } of files) if (await isNotThere(path)) old.push(id);
    if (old.length > 0) await write(() => journal.forget(old));
    return old.length;
  };
}

/** What cannot be looked at may well be there. */
async function isNotThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === "ENOENT" || code === "ENOTDIR",
  );
}
