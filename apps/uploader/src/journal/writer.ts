import type { DatabaseSync } from "node:sqlite";

/** Settings of {@link createWriter}. */
export interface WriterOptions {
  /** How long a change that may be lost waits for company, in milliseconds. */
  readonly lingerMs: number;
  /** Runs inside each transaction, last. */
  readonly beforeCommit: () => void;
  /** Changes were lost that nobody waited for. */
  readonly onLost: (error: unknown) => void;
}

/** Gathers changes into few transactions: each commit costs a sync and a dozen pages of the card. */
export interface Writer {
  /**
   * Makes a change that is seen at once and committed when company comes, at the latest after `lingerMs`. Only for what
   * a crash may lose because it will be found again.
   */
  soon<T>(change: () => T): T;
  /** Makes a change; resolves when it is synced to the disk, together with every change before it. */
  synced<T>(change: () => T): Promise<T>;
  /** Commits what waits. */
  flush(): void;
}

interface Group {
  readonly ended: PromiseWithResolvers<void>;
  timer: NodeJS.Timeout;
  awaited: boolean;
  changes: number;
}

// Answers of the server come in batches, so what is synced together is mostly here within a turn or two.
const COMPANY_MS = 10;
// Bounds what a crash can lose, and the memory of one transaction.
const MAX_CHANGES = 1000;

/** The only way by which the journal is changed. Every commit is synced (the connection runs at `synchronous = full`). */
export function createWriter(db: DatabaseSync, { lingerMs, beforeCommit, onLost }: WriterOptions): Writer {
  let group: Group | undefined;

  function open(): Group {
    db.exec("begin immediate");
    const ended = Promise.withResolvers<void>();
    ended.promise.catch(() => {}); // whoever waits has his own branch of it
    // A linger is no reason to keep the process alive: close() commits.
    return { ended, timer: setTimeout(flush, lingerMs).unref(), awaited: false, changes: 0 };
  }

  function change<T>(work: () => T): T {
    group ??= open();
    db.exec("savepoint change");
    try {
      const result = work();
      db.exec("release change");
      group.changes += 1;
      return result;
    } catch (error) {
      // A full disk may have rolled the whole transaction back already, and with it what others had changed.
      if (!db.isTransaction) lose(error);
      else db.exec("rollback to change; release change");
      throw error;
    }
  }

  function lose(error: unknown): void {
    const lost = group;
    group = undefined;
    if (lost === undefined) return;
    clearTimeout(lost.timer);
    lost.ended.reject(error);
    if (!lost.awaited && lost.changes > 0) onLost(error);
  }

  function flush(): void {
    if (group === undefined) return;
    try {
      beforeCommit();
      db.exec("commit");
    } catch (error) {
      if (db.isTransaction) db.exec("rollback");
      lose(error);
      return;
    }
    clearTimeout(group.timer);
    const { ended } = group;
    group = undefined;
    ended.resolve();
  }

  return {
    soon(work) {
      const result = change(work);
      if (group !== undefined && group.changes >= MAX_CHANGES) flush();
      return result;
    },
    async synced(work) {
      const result = change(work);
      const mine = group as Group;
      if (!mine.awaited) {
        mine.awaited = true;
        clearTimeout(mine.timer);
        mine.timer = setTimeout(flush, COMPANY_MS);
      }
      await mine.ended.promise;
      return result;
    },
    flush,
  };
}
