import type { RetentionRunRow, RunCounts } from "@pilab/schema";
import type { PilabClient, RunChange } from "@pilab/storage-core";

/** The parts of a run that change something, in their order. */
type Phase = "trash" | "purge";

const WRITE_EVERY_MS = 1000;
const ERRORS_MAX = 20;
const IDS_MAX = 5;

/** One sort of failure, as `retention_runs.errors` has it. */
interface BookedError {
  phase: Phase | "run";
  message: string;
  files: number;
  /** The first captures that it concerns. */
  ids: string[];
}

/** Writes down how far a run has come: about once a second, and what is said at once. */
export class RunBook {
  readonly #client: PilabClient;
  readonly #run: RetentionRunRow;
  readonly #errors: BookedError[];
  readonly counts = { trashed_files: 0, trashed_bytes: 0, purged_files: 0, purged_bytes: 0, failed_files: 0 };
  /** Captures that by now were pinned, restored or gone, and so were left alone. */
  skippedFiles = 0;
  #writtenAt = performance.now();

  constructor(client: PilabClient, run: RetentionRunRow) {
    this.#client = client;
    this.#run = run;
    this.#errors = run.errors as BookedError[];
    for (const name of Object.keys(this.counts) as (keyof typeof this.counts)[])
      this.counts[name] = run[name];
  }

  /** Books captures that could not be trashed or purged; failures that say the same are one entry. */
  fail(phase: Phase, id: string, error: unknown): void {
    this.counts.failed_files++;
    const message = messageOf(error);
    const known = this.#errors.find((other) => other.phase === phase && other.message === message);
    const entry = known ?? { phase, message, files: 0, ids: [] };
    if (!known && this.#errors.length < ERRORS_MAX) this.#errors.push(entry);
    entry.files++;
    if (entry.ids.length < IDS_MAX) entry.ids.push(id);
  }

  /** Books what ended the run. */
  note(error: unknown): void {
    this.#errors.push({ phase: "run", message: messageOf(error), files: 0, ids: [] });
  }

  /** Takes over what the audit log says that was done: a batch whose answer was lost is in there, too. */
  setCounts(counts: RunCounts): void {
    Object.assign(this.counts, counts);
  }

  /** Writes counts, when it is a while since they were written. */
  async progress(): Promise<void> {
    if (performance.now() - this.#writtenAt >= WRITE_EVERY_MS) await this.write({});
  }

  /** Writes counts and what else is given. Not stopped by a signal: how a run ended is written after it was told to. */
  async write(change: RunChange): Promise<void> {
    await this.#client.retention.runs.update(this.#run.id, {
      ...this.counts,
      errors: this.#errors,
      ...change,
    });
    this.#writtenAt = performance.now();
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1000);
}
