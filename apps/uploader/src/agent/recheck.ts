import { CAPTURES_PER_CALL_MAX } from "@pilab/schema";
import type { Journal } from "../journal/journal.ts";
import type { StoredFile } from "../journal/types.ts";
import { type Known, type Look, lookAgain, noteLook } from "./confirm-pass.ts";

/** Asks again for what was confirmed: a database may be set back while the local copies are still here. */
export interface Recheck {
  /** Which of these may be freed, by the server's answer now. */
  mayGo(files: readonly StoredFile[]): Promise<ReadonlySet<number>>;
  /** Asks for the next batch of all that was confirmed; at the end rests. */
  walk(): Promise<void>;
}

/** What {@link createRecheck} takes. */
export interface RecheckOptions {
  readonly journal: Pick<Journal, "bury" | "requeue" | "freeable">;
  readonly known: Known;
  /** From the beginning of one walk to the next. */
  readonly everyMs: number;
  /** Runs a change of the journal, if need be a second time, with the reserve given up. */
  readonly write: <T>(change: () => Promise<T>) => Promise<T>;
  /** Whether a failure only says that the journal cannot be written now. */
  readonly outlasts: (error: unknown) => boolean;
  /** The server has forgotten files: they are queued again. */
  readonly onRequeued: (files: number) => void;
  readonly monotonic?: () => number;
}

/** Makes it; the first walk begins at once. */
export function createRecheck(options: RecheckOptions): Recheck {
  const { journal, known, everyMs, write, outlasts, onRequeued } = options;
  const { monotonic = () => performance.now() } = options;
  let after: StoredFile | undefined;
  let begunMs = Number.NEGATIVE_INFINITY;

  async function ask(files: readonly StoredFile[]): Promise<Look> {
    const look = await lookAgain(files, known);
    try {
      await write(() => noteLook(look, journal));
      if (look.forgotten.length > 0) onRequeued(look.forgotten.length);
    } catch (error) {
      // They stay confirmed, and are asked for again before they are freed.
      if (!outlasts(error)) throw error;
    }
    return look;
  }

  return {
    async mayGo(files) {
      const ids = new Set<number>();
      for (let at = 0; at < files.length; at += CAPTURES_PER_CALL_MAX) {
        const { stored, trashed, purged } = await ask(files.slice(at, at + CAPTURES_PER_CALL_MAX));
        for (const { id } of [...stored, ...trashed, ...purged]) ids.add(id);
      }
      return ids;
    },
    async walk() {
      const startMs = after === undefined ? monotonic() : begunMs;
      if (after === undefined && startMs - begunMs < everyMs) return;
      const files = journal.freeable({ limit: CAPTURES_PER_CALL_MAX, after });
      await ask(files);
      begunMs = startMs;
      after = files.length < CAPTURES_PER_CALL_MAX ? undefined : files.at(-1);
    },
  };
}
