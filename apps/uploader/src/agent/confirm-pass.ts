import { CAPTURES_PER_CALL_MAX, type KnownCapture } from "@pilab/schema";
import type { Journal } from "../journal/journal.ts";
import type { StoredFile } from "../journal/types.ts";

/** Asks the server for many hashes in one call. */
export type Known = (hashes: readonly string[]) => Promise<ReadonlyMap<string, KnownCapture>>;

/** What {@link confirmStored} takes. */
export interface ConfirmOptions {
  readonly journal: Pick<Journal, "toConfirm" | "confirm" | "bury" | "requeue">;
  readonly known: Known;
  /** From catalogued to the second look. */
  readonly afterMs: number;
  /** After each batch: for the watchdog. */
  readonly onBatch?: (() => void) | undefined;
  readonly signal: AbortSignal;
}

/** What the second look found. `requeued`: the server has forgotten them. */
export interface Confirmation {
  readonly confirmed: number;
  readonly buried: number;
  readonly requeued: number;
}

/**
 * What the server says of files that it held: `stored` as they were verified; `trashed` or `purged` by an operator or a
 * policy; else `forgotten`: a restored database, a lost object, a capture that came back from the trash.
 */
export type Look = Readonly<Record<"stored" | "trashed" | "purged" | "forgotten", readonly StoredFile[]>>;

/** Invariant 1's second look: what is still stored an hour after it was catalogued may lose its local copy. */
export async function confirmStored(options: ConfirmOptions): Promise<Confirmation> {
  const { journal, known, afterMs, onBatch = () => {}, signal } = options;
  const total = { confirmed: 0, buried: 0, requeued: 0 };
  while (!signal.aborted) {
    const files = journal.toConfirm({ afterMs, limit: CAPTURES_PER_CALL_MAX });
    if (files.length === 0) return total;
    const look = await lookAgain(files, known);
    onBatch();
    await journal.confirm(look.stored);
    await noteLook(look, journal);
    total.confirmed += look.stored.length;
    total.buried += look.trashed.length + look.purged.length;
    total.requeued += look.forgotten.length;
  }
  return total;
}

/** Asks what the server holds of at most 500 files. */
export async function lookAgain(files: readonly StoredFile[], known: Known): Promise<Look> {
  const hashes = files.flatMap(({ sha256 }) => sha256 ?? []);
  const answers: Awaited<ReturnType<Known>> = hashes.length === 0 ? new Map() : await known(hashes);
  const byFate = Object.groupBy(files, (file) => fateOf(file, answers.get(file.sha256 ?? "")));
  return { stored: [], trashed: [], purged: [], forgotten: [], ...byFate };
}

/** What was removed is a tombstone; what was forgotten goes up again. */
export async function noteLook(look: Look, journal: Pick<Journal, "bury" | "requeue">): Promise<void> {
  for (const as of ["trashed", "purged"] as const) {
    const news = look[as].filter(({ state }) => state !== "tombstone");
    await Promise.all(news.map(({ id }) => journal.bury(id, as, `found ${as} when it was asked for again`)));
  }
  if (look.forgotten.length > 0) await journal.requeue({ ids: look.forgotten.map(({ id }) => id) });
}

function fateOf(file: StoredFile, answer: KnownCapture | undefined): keyof Look {
  if (answer?.state === "trashed" || answer?.state === "purged") return answer.state;
  // A tombstone of an older journal: it kept no hash of what had never been placed.
  if (file.sha256 === null) return "purged";
  const isVerified = file.state !== "tombstone" && file.verifiedBy !== null;
  return isVerified && answer?.state === "stored" && answer.size_bytes === file.sizeBytes
    ? "stored"
    : "forgotten";
}
