import { PilabError } from "@pilab/schema";
import type { Placement } from "@pilab/storage-core";
import {
  identityValues,
  type JournalContext,
  prepare,
  toIdentity,
  toQueuedFile,
  transition,
} from "./rows.ts";
import type { FileState } from "./schema.ts";
import type { FileIdentity, FinishedFile, QueuedFile } from "./types.ts";

/** Whether {@link Queue.add} met a file for the first time. */
export type Added = "new" | "known" | "new_version";

/** What {@link Queue.nextBatch} hands out. */
export interface BatchOptions {
  /** By the files' own times. */
  readonly order: "oldest" | "newest";
  readonly limit: number;
  readonly nowMs: number;
}

/** Which files {@link Queue.requeue} means. */
export type Requeueing =
  | { readonly ids: readonly number[] }
  | { readonly state: FileState; readonly maxSizeBytes?: number };

/** The way of a file from the disk to the server. */
export type Queue = ReturnType<typeof createQueue>;

// No back-off is longer. What waits longer was written by a clock that ran ahead, and is due.
const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

const UNFINISHED = ["queued", "placed"] as const;
// A version that was overwritten while its bytes were on their way may arrive all the same.
const ON_ITS_WAY = [...UNFINISHED, "gone"] as const;
const CAN_BE_REQUEUED: readonly FileState[] = [
  ...ON_ITS_WAY,
  "quarantined",
  "too_large",
  "stored",
  "confirmed",
  "tombstone",
];

const PATH_INDEX = "path = :path and is_current = 1 and state <> 'freed'";
const ANEW = `state = case when sha256 is null or object_path is null then 'queued' else 'placed' end,
  reason = null, attempts = 0, next_attempt_at_ms = 0, verified_by = null, confirmed_at_ms = null, freed_at_ms = null`;

/** The part of a journal that takes files in and hands them out. */
export function createQueue({ db, writer, now, handedOut, placedNow }: JournalContext) {
  const find = prepare(db, `select id, state from files where ${PATH_INDEX}`);
  const version = prepare(
    db,
    `select id, device, state from files where ${PATH_INDEX}
     and inode = :inode and size_bytes = :size and mtime_ns = :mtime`,
  );
  const remount = db.prepare("update files set device = :device where id = :id");
  const insert = db.prepare(`insert into files
    (id, path, device, inode, size_bytes, mtime_ns, state, reason, added_at_ms, options)
    values (:id, :path, :device, :inode, :size, :mtime, :state, :reason, :now, :options)`);
  const supersede = db.prepare(`update files set is_current = 0,
    reason = case when state in ('queued', 'placed', 'too_large') then 'another version took its place before it was uploaded'
      else reason end,
    state = case when state in ('queued', 'placed', 'too_large') then 'gone' else state end
    where id = ?`);
  const remove = db.prepare("delete from files where id = ?");
  const anew = db.prepare(`update files set ${ANEW} where id = ?`);
  const due = (direction: "asc" | "desc") =>
    prepare(
      db,
      `select * from files where state in ('queued', 'placed')
       and (next_attempt_at_ms <= :now or next_attempt_at_ms > :now + ${MAX_WAIT_MS})
       order by mtime_ns ${direction} limit :limit`,
    );
  const batches = { oldest: due("asc"), newest: due("desc") };
  const look = prepare(db, "select * from files where id = ?");
  const failed = db.prepare("update meta set value = value + 1 where key = 'failed'");

  const place = transition(
    db,
    "placed",
    ON_ITS_WAY,
    `state = 'placed', sha256 = :sha256, md5 = :md5, object_path = :objectPath, captured_at_ms = :capturedAt,
     captured_at_source = :source, captured_at_trusted = :trusted`,
  );
  const fail = transition(
    db,
    "failed",
    ON_ITS_WAY,
    "attempts = attempts + 1, reason = :reason, next_attempt_at_ms = :at",
  );
  const aside = (state: FileState, verb: string) =>
    transition(db, verb, ON_ITS_WAY, `state = '${state}', reason = :reason, next_attempt_at_ms = 0`);
  const quarantine = aside("quarantined", "quarantined");
  const setTooLarge = aside("too_large", "set aside as too large");
  const setGone = aside("gone", "given up as gone");
  const setVanished = transition(
    db,
    "given up as vanished",
    ON_ITS_WAY,
    "state = 'gone', reason = 'it was removed before it was uploaded', next_attempt_at_ms = 0, freed_at_ms = :now",
  );

  // Counted here and never used twice in a process: were an id of a lost transaction given out again, what is reported
  // of the lost file would be believed of another.
  let nextId = Number(db.prepare("select coalesce(max(id), 0) + 1 as id from files").get()?.id);

  function record({ options, ...file }: FinishedFile, state: FileState, reason: string | null): void {
    const json = options === undefined ? null : JSON.stringify(options);
    const values = { ...identityValues(file), state, reason, options: json };
    insert.run({ id: nextId++, now: now(), ...values });
  }

  /**
   * The row of this very version. NFS, btrfs and USB disks get another number at each mount: where nothing else differs,
   * the row takes the new one over.
   */
  function findVersion(file: FileIdentity) {
    const { device, ...identity } = identityValues(file);
    const row = version.get(identity);
    if (row === undefined) return undefined;
    const id = row.id as bigint;
    if (row.device !== device) writer.soon(() => remount.run({ id, device }));
    return { id, isGone: row.state === "gone" };
  }

  function add(file: FinishedFile, reason?: string): Added {
    const same = findVersion(file);
    if (same?.isGone === false) return "known";
    const row = find.get({ path: file.path });
    return writer.soon(() => {
      if (same !== undefined) {
        anew.run(same.id); // moved away, and back
        return "new";
      }
      // What never became a capture is no loss, and what comes after it may be whole.
      if (row?.state === "quarantined") remove.run(row.id as bigint);
      else if (row !== undefined) supersede.run(row.id as bigint);
      record(file, reason === undefined ? "queued" : "quarantined", reason ?? null);
      return row === undefined ? "new" : "new_version";
    });
  }

  function settle(id: number, change: () => void): Promise<void> {
    return writer.synced(() => {
      change();
      takeBack(id);
    });
  }

  function takeBack(id: number): void {
    handedOut.delete(id);
    placedNow.delete(id);
  }

  return {
    /**
     * Takes a finished file in; one that is known already in this very state changes nothing. Committed soon, not at
     * once: a scan finds again what a crash loses.
     */
    add: (file: FinishedFile): Added => add(file),

    /** Takes in a file that will not become a capture as it is, with the reason. */
    addUnfit: (file: FileIdentity, reason: string): Added => add(file, reason),

    /** Whether this very version was taken in, or refused, before. */
    knows: (file: FileIdentity): boolean => findVersion(file)?.isGone === false,

    /**
     * Hands out files that are due, each to one taker: until it is reported on or given back, it is not handed out
     * again. With its `placement`, when an earlier try made one.
     */
    nextBatch({ order, limit, nowMs }: BatchOptions): QueuedFile[] {
      const rows = batches[order].all({ now: nowMs, limit: limit + handedOut.size });
      const files = rows
        .filter((row) => !handedOut.has(Number(row.id)))
        .slice(0, limit)
        .map(toQueuedFile);
      for (const { id } of files) handedOut.add(id);
      return files;
    },

    /** Takes a file back untouched. */
    giveBack: takeBack,

    /**
     * Keeps what was decided about a file; send its first byte when this has resolved.
     *
     * @throws PilabError `file_changed` when the bytes that were hashed are not this version's
     */
    async place(id: number, placement: Placement): Promise<void> {
      const row = look.get(id);
      if (row !== undefined) checkVersion(toIdentity(row), placement);
      await writer.synced(() =>
        place(id, {
          sha256: Buffer.from(placement.sha256, "hex"),
          md5: Buffer.from(placement.md5, "hex"),
          objectPath: placement.objectPath,
          capturedAt: placement.capturedAt.getTime(),
          source: placement.capturedAtSource,
          trusted: placement.capturedAtTrusted ? 1 : 0,
        }),
      );
      if (row?.state === "queued") placedNow.add(id);
    },

    /** Counts a failed try; the next one is due at a time of the wall clock, within a day. */
    fail: (id: number, reason: string, nextAttemptAtMs: number): Promise<void> =>
      settle(id, () => {
        fail(id, { reason, at: Math.min(nextAttemptAtMs, now() + MAX_WAIT_MS) });
        failed.run();
      }),

    /** No capture. The file stays where it is. */
    quarantine: (id: number, reason: string): Promise<void> => settle(id, () => quarantine(id, { reason })),

    /** Above the limit; waits for a larger one. */
    tooLarge: (id: number, reason: string): Promise<void> => settle(id, () => setTooLarge(id, { reason })),

    /** Another version took its place before it was uploaded. */
    gone: (id: number, reason: string): Promise<void> => settle(id, () => setGone(id, { reason })),

    /** Removed before it was uploaded: nothing is left to be sent. */
    vanished: (id: number): Promise<void> => settle(id, () => setVanished(id, { now: now() })),

    /** Queues files again, at once and with their first paths; gives their number. Never what was freed. */
    async requeue(which: Requeueing): Promise<number> {
      const allowed = CAN_BE_REQUEUED.map((state) => `'${state}'`).join(", ");
      return await writer.synced(() => {
        if ("ids" in which) {
          const one = db.prepare(`update files set ${ANEW} where id = ? and state in (${allowed})`);
          return which.ids.reduce((sum, id) => sum + Number(one.run(id).changes), 0);
        }
        const { state, maxSizeBytes = Number.MAX_SAFE_INTEGER } = which;
        const all = db.prepare(
          `update files set ${ANEW} where state = ? and size_bytes <= ? and state in (${allowed})`,
        );
        return Number(all.run(state, maxSizeBytes).changes);
      });
    },
  };
}

function checkVersion({ path, sizeBytes, mtimeNs }: FileIdentity, hashed: Placement): void {
  const sameTime = hashed.mtimeMs === null || hashed.mtimeMs === Number(mtimeNs / 1_000_000n);
  if (hashed.sizeBytes === sizeBytes && sameTime) return;
  throw new PilabError("file_changed", `${path} is not the version that was taken in`, {
    hint: "It was overwritten meanwhile; its new version is taken in by itself.",
  });
}
