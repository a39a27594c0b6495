import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { PilabError } from "@pilab/schema";

/** Where a version of a file stands; see {@link Journal} for the ways between them. */
const FILE_STATES = [
  /** Finished, and waits to be taken to the server. */
  "queued",
  /** Hashed; its object path is chosen for good. */
  "placed",
  /** Verified and catalogued. */
  "stored",
  /** A second look, an hour later, found it stored still: the local copy may go. */
  "confirmed",
  /** The local copy is gone; this row is its proof. */
  "freed",
  /** No capture, or never finished; `reason` says why. */
  "quarantined",
  /** Above MAX_FILE_SIZE; waits where it is. */
  "too_large",
  /** Vanished or was overwritten before it could be uploaded. */
  "gone",
  /** In the trash or purged, by an operator or a policy. */
  "tombstone",
] as const;

/** One of {@link FILE_STATES}. */
export type FileState = (typeof FILE_STATES)[number];

const VERSION = 1;

// Sectors of 1 KiB, not 4: a transition touches half a dozen pages, and a card wears by the bytes.
const PAGE_BYTES = 1024;

const states = FILE_STATES.map((state) => `'${state}'`).join(", ");

const SQL = `
create table meta (
  key text primary key,
  value any not null
) strict, without rowid;

-- The row with the largest id is the present one; proofs name the one that they hold for.
create table targets (
  id integer primary key,
  url text not null,
  bucket text not null,
  device_id text not null,
  bound_at_ms integer not null
) strict;

-- One row a version of a file. Written by the agent alone; commands may requeue.
create table files (
  id integer primary key,
  path text not null,
  -- These and the path are a version's identity.
  device integer not null,
  inode integer not null,
  size_bytes integer not null,
  mtime_ns integer not null,
  -- 0 once another version lies under the path.
  is_current integer not null default 1,
  state text not null check (state in (${states})),
  reason text,
  added_at_ms integer not null,
  -- What the sidecar said, as JSON.
  options text,
  attempts integer not null default 0,
  next_attempt_at_ms integer not null default 0,
  sha256 blob,
  md5 blob,
  object_path text,
  captured_at_ms integer,
  captured_at_source text,
  captured_at_trusted integer,
  target_id integer,
  outcome text check (outcome in ('uploaded', 'duplicate', 'repeated', 'trashed', 'purged')),
  capture_id text,
  verified_by text,
  stored_at_ms integer,
  -- On the agent's own running clock, which no correction of the wall clock moves.
  stored_running_ms integer,
  confirmed_at_ms integer,
  -- Of a file that is gone: when it was found to have vanished; null where another version took its place.
  freed_at_ms integer,
  constraint placed_is_whole check (state <> 'placed' or (sha256 is not null and object_path is not null)),
  constraint stored_is_whole check (state not in ('stored', 'confirmed')
    or (sha256 is not null and object_path is not null and capture_id is not null)),
  -- Invariant 1: no local copy goes without its proof.
  constraint freed_is_proven check (state not in ('confirmed', 'freed')
    or (verified_by is not null and confirmed_at_ms is not null) or outcome in ('trashed', 'purged'))
) strict;

-- Is this file known? Holds what may lie on the disk now, not the proofs of years.
create unique index files_on_disk on files (path) where is_current = 1 and state <> 'freed';
-- What is to do, oldest or newest first.
create index files_to_do on files (mtime_ns, next_attempt_at_ms) where state in ('queued', 'placed');
-- What is to be looked at a second time.
create index files_to_confirm on files (stored_running_ms) where state = 'stored';
-- What may be freed, oldest first.
create index files_to_free on files (stored_at_ms) where state in ('confirmed', 'tombstone');

-- So that status and heartbeat cost the same at a hundred files and at a million.
create table counters (
  state text primary key,
  files integer not null default 0 check (files >= 0),
  bytes integer not null default 0 check (bytes >= 0)
) strict, without rowid;

create trigger files_added after insert on files begin
  update counters set files = files + 1, bytes = bytes + new.size_bytes where state = new.state;
end;
create trigger files_moved after update of state on files when old.state <> new.state begin
  update counters set files = files - 1, bytes = bytes - old.size_bytes where state = old.state;
  update counters set files = files + 1, bytes = bytes + new.size_bytes where state = new.state;
end;
create trigger files_removed after delete on files begin
  update counters set files = files - 1, bytes = bytes - old.size_bytes where state = old.state;
end;

-- URLs of tus uploads under way.
create table resumable_uploads (
  key text primary key,
  url text not null
) strict, without rowid;
`;

/** Makes the tables of a new journal in one transaction, and refuses one that a later version wrote. */
export function prepareSchema(db: DatabaseSync, file: string): void {
  const version = Number(db.prepare("pragma user_version").get()?.user_version);
  if (version === VERSION) return;
  if (version > VERSION) {
    throw new PilabError(
      "conflict",
      `${file} has the form ${version} of a later version; this one reads ${VERSION}`,
      { hint: "Update pilab-uploader, or give another state folder." },
    );
  }
  // Takes effect only before the first page is written; WAL is a property of the file from then on.
  db.exec(`pragma page_size = ${PAGE_BYTES}; pragma journal_mode = wal`);
  db.exec("begin immediate");
  try {
    db.exec(SQL);
    const insert = db.prepare("insert into counters (state) values (?)");
    for (const state of FILE_STATES) insert.run(state);
    const set = db.prepare("insert into meta (key, value) values (?, ?)");
    set.run("journal_id", randomUUID());
    for (const key of ["running_ms", "seq", "ok", "failed", "duplicate", "bytes"]) set.run(key, 0);
    db.exec(`pragma user_version = ${VERSION}; commit`);
  } catch (error) {
    if (db.isTransaction) db.exec("rollback");
    throw error;
  }
}

/** Adds the indexes that an earlier version made a journal of this form without: what vanished lately. */
export function addIndexes(db: DatabaseSync): void {
  db.exec("create index if not exists files_vanished on files (freed_at_ms) where state = 'gone'");
}
