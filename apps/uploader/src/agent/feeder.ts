import type { UploadOutcome } from "@pilab/storage-core";
import type { Alarm } from "../intake/alarm.ts";
import type { Journal } from "../journal/journal.ts";
import type { QueuedFile } from "../journal/types.ts";

/** What {@link runFeeder} takes. */
export interface FeederOptions {
  readonly journal: Pick<Journal, "nextBatch" | "giveBack">;
  readonly order: "oldest" | "newest";
  /** Files under way that are allowed now: 0 while uploads wait. */
  readonly allowed: () => number;
  readonly upload: (file: QueuedFile) => Promise<UploadOutcome>;
  /** Tells the journal; a file is under way until this has resolved. */
  readonly settle: (file: QueuedFile, outcome: UploadOutcome) => Promise<void>;
  /** Rung when a file comes, or when what is allowed changes. */
  readonly alarm: Alarm;
  /** Told at each round, which comes at least each few seconds: for the watchdog. */
  readonly onRound: (underWay: number, settled: number) => void;
  /** No file is begun after its abort. */
  readonly signal: AbortSignal;
  readonly now?: () => number;
}

/** Waiting files fall due, and commands requeue, without a ring. */
const LOOK_MS = 5000;

/**
 * Hands the journal's files to their upload, as many at once as are allowed, until the signal aborts; resolves when the
 * last of them is settled. Rejects with a fault of the journal.
 */
export async function runFeeder(options: FeederOptions): Promise<void> {
  const { journal, order, allowed, upload, settle, alarm, onRound, signal, now = Date.now } = options;
  const underWay = new Set<Promise<void>>();
  const faults: unknown[] = [];
  let settled = 0;

  async function bring(file: QueuedFile): Promise<void> {
    try {
      await settle(file, await upload(file));
    } catch (error) {
      faults.push(error);
    } finally {
      journal.giveBack(file.id);
    }
  }

  while (!signal.aborted && faults.length === 0) {
    onRound(underWay.size, settled);
    const limit = allowed();
    // In handfuls: each look into the journal passes over what is under way.
    const room = underWay.size <= (limit * 3) / 4 ? limit - underWay.size : 0;
    const files = room > 0 ? journal.nextBatch({ order, limit: room, nowMs: now() }) : [];
    for (const file of files) {
      const task = bring(file).finally(() => {
        underWay.delete(task);
        settled += 1;
        alarm.ring();
      });
      underWay.add(task);
    }
    if (files.length < room || room === 0) await alarm.sleep(LOOK_MS);
  }
  await Promise.all(underWay);
  if (faults.length > 0) throw faults[0];
}
