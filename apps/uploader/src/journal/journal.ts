import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PilabError } from "@pilab/schema";
import { type Account, createAccount } from "./account.ts";
import { createKeeping, type Keeping } from "./keeping.ts";
import { isLocked, lockForAgent } from "./lock.ts";
import { createOverview, type Overview } from "./overview.ts";
import { createQueue, type Queue } from "./queue.ts";
import { createResumeStore, type JournalResumeStore } from "./resume-store.ts";
import type { JournalContext } from "./rows.ts";
import { addIndexes, prepareSchema } from "./schema.ts";
import { createWriter } from "./writer.ts";

/** Settings of {@link openJournal}. */
export interface JournalOptions {
  /** The state folder; made when missing. */
  readonly folder: string;
  /**
   * `agent` (default) takes the folder for itself. `command` opens a journal that is there, beside a running agent: to
   * look, to requeue.
   */
  readonly access?: "agent" | "command";
  /** How long an intake or a note may wait for a transaction, in milliseconds. Default 2000. */
  readonly lingerMs?: number;
  /** Wall clock. */
  readonly now?: () => number;
  /** A clock that nothing sets, in milliseconds. */
  readonly monotonic?: () => number;
  /** Told when changes that may be lost were: a full disk. A scan finds the files again. */
  readonly onLost?: (error: unknown) => void;
}

/**
 * What the agent knows of every file, in one SQLite file that survives kill -9 and power cuts at any instant.
 *
 * ```
 * add → queued → placed → stored → confirmed → freed
 *        fail ↺    ↺        │          └─ only from here, or from a tombstone, a local copy may go
 *                           └─ requeue ← known_captures says missing
 * aside: quarantined, too_large, gone, tombstone; requeue brings each back
 * forget: what was freed, is gone or a tombstone, long after
 * ```
 *
 * Methods that return a promise resolve when the change is synced to the disk; changes made together share a
 * transaction. Reading sees every change at once. A file that moves on in a way that its state forbids is refused with
 * `conflict`.
 */
export interface Journal extends Account, Queue, Keeping, Overview {
  readonly resumeStore: JournalResumeStore;
  /** Where a broken journal was moved to when this one was begun in its place. */
  readonly setAside: string | undefined;
  /** After {@link isJournalBroken}: the next start sets this journal aside and begins anew. */
  condemn(): void;
  /** Commits what waits. */
  flush(): void;
  /** Commits what waits, and gives the folder back. */
  close(): void;
}

// A card that syncs slowly may keep a command waiting; an agent waits only while a command writes.
const BUSY_TIMEOUT_MS = 5000;
// 4 MiB of log between checkpoints: a page that changes often is written back once.
const CHECKPOINT_PAGES = 4096;
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;
// SQLITE_CORRUPT, SQLITE_NOTADB
const BROKEN = new Set([11, 26]);

/** `$STATE_DIRECTORY` as systemd sets it, else `~/.local/state/pilab-uploader`. */
export function defaultStateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const [own] = (env.STATE_DIRECTORY ?? "").split(":");
  if (own) return own;
  return join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "pilab-uploader");
}

/**
 * Opens the journal in a state folder, or begins one. A journal that SQLite finds broken is moved aside and a new one
 * begun: every file still on the disk goes up again, which the server answers with `duplicate`, while an agent that
 * refused to start would fill the disk and lose captures.
 *
 * @throws PilabError `lock_held`, `not_found` for a command where no journal is, `conflict` for one of a later version
 */
export function openJournal(options: JournalOptions): Journal {
  const { folder, access = "agent" } = options;
  const file = join(folder, "journal.db");
  if (access === "command") {
    if (!existsSync(file)) {
      throw new PilabError("not_found", `There is no journal in ${folder}`, {
        hint: "Name the agent's state folder, as the user that it runs as; it makes the journal at its first start.",
      });
    }
    return createJournal(openDatabase(file), file, options, () => {});
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const release = lockForAgent(lockPath(folder), folder);
  try {
    const { db, setAside } = openOrBegin(file);
    return createJournal(db, file, options, release, setAside);
  } catch (error) {
    release();
    throw error;
  }
}

/** Whether an agent works with this state folder now: its lock ends with it, where its pid may be another's by then. */
export function isAgentAtWork(folder: string): boolean {
  return isLocked(lockPath(folder));
}

function lockPath(folder: string): string {
  return join(folder, "journal.lock");
}

/** Whether SQLite met a page that makes no sense, as cards leave them; see {@link Journal.condemn}. */
export function isJournalBroken(error: unknown): boolean {
  return BROKEN.has((error as { errcode?: number }).errcode ?? 0);
}

function brokenMark(file: string): string {
  return `${file}.broken`;
}

function openOrBegin(file: string): { db: DatabaseSync; setAside?: string } {
  const mark = brokenMark(file);
  if (!existsSync(mark)) {
    try {
      return { db: openDatabase(file, addIndexes) };
    } catch (error) {
      if (!isJournalBroken(error)) throw error;
    }
  }
  const setAside = `${file}.broken-${Date.now()}`;
  for (const suffix of ["-wal", "-shm", ""]) {
    if (existsSync(file + suffix)) renameSync(file + suffix, setAside + suffix);
  }
  rmSync(mark, { force: true });
  return { db: openDatabase(file, addIndexes), setAside };
}

function openDatabase(file: string, complete: (db: DatabaseSync) => void = () => {}): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    prepareSchema(db, file);
    complete(db);
    db.exec(`pragma synchronous = full; pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
      pragma journal_size_limit = ${LOG_LIMIT_BYTES}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function createJournal(
  db: DatabaseSync,
  file: string,
  options: JournalOptions,
  release: () => void,
  setAside?: string,
): Journal {
  const {
    access = "agent",
    now = Date.now,
    monotonic = () => performance.now(),
    onLost = () => {},
  } = options;
  const openedAt = monotonic();
  const read = db.prepare("select value from meta where key = 'running_ms'");
  const base = Number(read.get()?.value);
  const runningMs = () => base + Math.floor(monotonic() - openedAt);
  const keepRunning = db.prepare("insert or replace into meta (key, value) values ('running_ms', ?)");
  const writer = createWriter(db, {
    lingerMs: options.lingerMs ?? 2000,
    beforeCommit: () => {
      if (access === "agent") keepRunning.run(runningMs());
    },
    onLost,
  });
  const context: JournalContext = { db, writer, now, runningMs, handedOut: new Set(), placedNow: new Set() };
  return {
    ...createAccount(context),
    ...createQueue(context),
    ...createKeeping(context),
    ...createOverview(context),
    resumeStore: createResumeStore(context),
    setAside,
    condemn: () => writeFileSync(brokenMark(file), ""),
    flush: writer.flush,
    close() {
      if (!db.isOpen) return;
      writer.flush();
      db.close();
      release();
    },
  };
}
