import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { PilabError } from "@pilab/schema";
import type { Placement, VerifiedBy } from "@pilab/storage-core";
import type { FileState } from "./schema.ts";
import type { FileIdentity, ListedFile, QueuedFile, StoredFile } from "./types.ts";
import type { Writer } from "./writer.ts";

/** What the parts of the journal share. */
export interface JournalContext {
  readonly db: DatabaseSync;
  readonly writer: Writer;
  /** Wall clock, in milliseconds. */
  readonly now: () => number;
  /** Milliseconds that agents have worked with this journal: no correction of the wall clock moves it. */
  readonly runningMs: () => number;
  /** Files handed out and not yet reported on; a crash forgets them, as it should. */
  readonly handedOut: Set<number>;
  /** Those of them whose path was chosen in this very try: no earlier one can have brought them to the server. */
  readonly placedNow: Set<number>;
}

type Row = Record<string, unknown>;

/** Inode numbers and nanoseconds need all 64 bits. */
export function prepare(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
}

/** A transition of one file, refused from any state but `from`. */
export function transition(
  db: DatabaseSync,
  verb: string,
  from: readonly FileState[],
  set: string,
): (id: number, values?: Record<string, SQLInputValue>) => void {
  const states = from.map((state) => `'${state}'`).join(", ");
  const update = db.prepare(`update files set ${set} where id = :id and state in (${states})`);
  const look = db.prepare("select path, state from files where id = ?");
  return (id, values = {}) => {
    if (update.run({ id, ...values }).changes === 1) return;
    const found = look.get(id);
    const what = found === undefined ? `There is no file ${id}` : `${found.path} is ${found.state}`;
    throw new PilabError("conflict", `${what}: it cannot be ${verb}`, {
      details: { id, state: found?.state },
    });
  };
}

/** As the columns of `files` hold it: the kernel's numbers are unsigned, SQLite's are not. */
export function identityValues({ path, device, inode, sizeBytes, mtimeNs }: FileIdentity) {
  return {
    path,
    device: BigInt.asIntN(64, device),
    inode: BigInt.asIntN(64, inode),
    size: sizeBytes,
    mtime: mtimeNs,
  };
}

/** A row's identity. */
export function toIdentity(row: Row): FileIdentity {
  return {
    path: row.path as string,
    device: BigInt.asUintN(64, row.device as bigint),
    inode: BigInt.asUintN(64, row.inode as bigint),
    sizeBytes: Number(row.size_bytes),
    mtimeNs: row.mtime_ns as bigint,
  };
}

/** A row, for its upload. */
export function toQueuedFile(row: Row): QueuedFile {
  return {
    ...toIdentity(row),
    id: Number(row.id),
    options: row.options === null ? {} : JSON.parse(row.options as string),
    addedAtMs: Number(row.added_at_ms),
    attempts: Number(row.attempts),
    placement: row.object_path === null || row.md5 === null ? undefined : toPlacement(row),
  };
}

function toPlacement(row: Row): Placement {
  return {
    sizeBytes: Number(row.size_bytes),
    mtimeMs: Number((row.mtime_ns as bigint) / 1_000_000n),
    sha256: toHex(row.sha256),
    md5: toHex(row.md5),
    objectPath: row.object_path as string,
    capturedAt: new Date(Number(row.captured_at_ms)),
    capturedAtSource: row.captured_at_source as Placement["capturedAtSource"],
    capturedAtTrusted: row.captured_at_trusted === 1n,
  };
}

/** A row, as the proof of what the server holds. */
export function toStoredFile(row: Row): StoredFile {
  return {
    ...toIdentity(row),
    id: Number(row.id),
    state: row.state as FileState,
    sha256: row.sha256 === null ? null : toHex(row.sha256),
    md5: row.md5 === null ? null : toHex(row.md5),
    objectPath: row.object_path as string | null,
    captureId: row.capture_id as string | null,
    verifiedBy: row.verified_by as VerifiedBy | null,
    storedAtMs: Number(row.stored_at_ms),
    addedAtMs: Number(row.added_at_ms),
    hadSidecar: Object.keys(JSON.parse((row.options as string | null) ?? "{}")).some(
      (key) => key !== "clock",
    ),
  };
}

/** A row, for a person. */
export function toListedFile(row: Row): ListedFile {
  return {
    id: Number(row.id),
    path: row.path as string,
    sizeBytes: Number(row.size_bytes),
    state: row.state as FileState,
    reason: row.reason as string | null,
    attempts: Number(row.attempts),
    nextAttemptAtMs: Number(row.next_attempt_at_ms),
    addedAtMs: Number(row.added_at_ms),
  };
}

function toHex(blob: unknown): string {
  return Buffer.from(blob as Uint8Array).toString("hex");
}
