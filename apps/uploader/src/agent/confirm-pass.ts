import { CAPTURES_PER_CALL_MAX, type KnownCapture } from "@pilab/schema";
import type { Journal } from "../journal/journal.ts";
import type { StoredFile } from "../journal/types.ts";

/** What {@link confirmStored} takes. */
export interface ConfirmOptions {
  readonly journal: Pick<Journal, "toConfirm" | "confirm" | "bury" | "requeue">;
  readonly known: (hashes: readonly string[]) => Promise<ReadonlyMap<string, KnownCapture>>;
  /** From catalogued to the second look. */
  readonly afterMs: number;
  readonly signal: AbortSignal;
}

/** What the second look found. `requeued`: the server has forgotten them. */
export interface Confirmation {
  readonly confirmed: number;
  readonly buried: number;
  readonly requeued: number;
}

/**
 * Invariant 1's second look: what is still stored an hour after it was catalogued may lose its local copy. What an
 * operator or a policy removed is a tombstone; everything else (a restored database, a lost object) goes up again.
 */
export async function confirmStored(options: ConfirmOptions): Promise<Confirmation> {
  const { journal, known, afterMs, signal } = options;
  const total = { confirmed: 0, buried: 0, requeued: 0 };
  while (!signal.aborted) {
    const files = journal.toConfirm({ afterMs, limit: CAPTURES_PER_CALL_MAX });
    if (files.length === 0) return total;
    const answers = await known(files.map(({ sha256 }) => sha256 as string));
    const confirmed: StoredFile[] = [];
    const forgotten: number[] = [];
    for (const file of files) {
      const answer = answers.get(file.sha256 as string);
      const state = answer?.state;
      if (state === "trashed" || state === "purged") {
        await journal.bury(file.id, state, `found ${state} at the second look`);
        total.buried += 1;
      } else if (state === "stored" && answer?.size_bytes === file.sizeBytes && file.verifiedBy !== null) {
        confirmed.push(file);
      } else forgotten.push(file.id);
    }
    await journal.confirm(confirmed);
    if (forgotten.length > 0) await journal.requeue({ ids: forgotten });
    total.confirmed += confirmed.length;
    total.requeued += forgotten.length;
  }
  return total;
}
