import type { VerifiedBy } from "@pilab/storage-core";
import { type JournalContext, prepare, toStoredFile, transition } from "./rows.ts";
import type { StoredFile, Storing } from "./types.ts";

/** The way of a file from the server's word to the end of its local copy. */
export type Keeping = ReturnType<typeof createKeeping>;

/** Which files {@link Keeping.freeable} lists. */
export interface FreeableOptions {
  readonly limit: number;
  readonly after?: Pick<StoredFile, "id" | "storedAtMs"> | undefined;
}

const BEFORE_ALL = { storedAtMs: Number.MIN_SAFE_INTEGER, id: 0 };

/** Which files {@link Keeping.forgettable} looks at. */
export interface ForgettableOptions {
  readonly afterId: number;
  readonly limit: number;
  readonly sinceMs: number;
  readonly beforeMs: number;
}

/** A page of what may be forgotten, with the id to go on after; undefined at the end of the journal. */
export interface ForgettablePage {
  readonly files: readonly { readonly id: number; readonly path: string }[];
  readonly lastId: number | undefined;
}

/** Through with, for good or until somebody asks for them again. */
const ENDED = "state in ('freed', 'tombstone', 'gone')";

const ON_ITS_WAY = ["queued", "placed", "gone"] as const;

/** The part of a journal that keeps proofs. */
export function createKeeping({ db, writer, now, runningMs, handedOut, placedNow }: JournalContext) {
  const look = prepare(db, "select * from files where id = ?");
  const count = db.prepare("update meta set value = value + :by where key = :key");
  const target = "(select max(id) from targets)";

  const store = transition(
    db,
    "stored",
    ON_ITS_WAY,
    `state = 'stored', outcome = :outcome, sha256 = :sha256, object_path = :objectPath, capture_id = :captureId,
     verified_by = :verifiedBy, target_id = ${target}, reason = null, next_attempt_at_ms = 0,
     stored_at_ms = :now, stored_running_ms = :running`,
  );
  const bury = transition(
    db,
    "made a tombstone",
    [...ON_ITS_WAY, "stored", "confirmed"],
    `state = 'tombstone', outcome = :outcome, reason = :reason, sha256 = coalesce(sha256, :sha256),
     target_id = ${target}, next_attempt_at_ms = 0, stored_at_ms = coalesce(stored_at_ms, :now)`,
  );
  const confirm = transition(
    db,
    "confirmed",
    ["stored"],
    "state = 'confirmed', verified_by = coalesce(:verifiedBy, verified_by), confirmed_at_ms = :now",
  );
  const postpone = transition(db, "asked for later", ["stored"], "stored_running_ms = :running");
  const free = transition(
    db,
    "freed",
    ["confirmed", "tombstone"],
    "state = 'freed', freed_at_ms = :now, md5 = null, options = null",
  );
  const unconfirmed = prepare(
    db,
    "select * from files where state = 'stored' and stored_running_ms <= ? order by stored_running_ms limit ?",
  );
  const spare = prepare(
    db,
    `select * from files where state in ('confirmed', 'tombstone')
     and (stored_at_ms, id) > (:at, :id) order by stored_at_ms, id limit :limit`,
  );

  const mayGo = db.prepare("select 1 from files where id = ? and state in ('confirmed', 'tombstone')");
  const byId = db.prepare(
    `select id, path, ${ENDED} as is_ended, coalesce(freed_at_ms, stored_at_ms, added_at_ms) as at
     from files where id > ? order by id limit ?`,
  );
  const forget = db.prepare(`delete from files where id = ? and ${ENDED}`);

  return {
    /**
     * The file is verified and catalogued. Adds it to the totals: a `duplicate` of a path that an earlier try chose is our
     * own upload, whose answer a crash kept from us, and counts as one.
     */
    store: (id: number, { outcome, sha256, objectPath, captureId, verifiedBy }: Storing): Promise<void> =>
      writer.synced(() => {
        const row = look.get(id);
        const isOfEarlier =
          row?.state === "placed" && row.object_path === objectPath && !placedNow.delete(id);
        const ours = outcome === "uploaded" || isOfEarlier;
        store(id, {
          outcome: ours && outcome === "duplicate" ? "uploaded" : outcome,
          sha256: Buffer.from(sha256, "hex"),
          objectPath,
          captureId,
          verifiedBy: verifiedBy ?? null,
          now: now(),
          running: runningMs(),
        });
        count.run({ key: ours ? "ok" : "duplicate", by: 1 });
        if (ours) count.run({ key: "bytes", by: row?.size_bytes as bigint });
        handedOut.delete(id);
      }),

    /** The catalogue has it in the trash, or purged it. `sha256`: by what it is asked for again, as it may come back. */
    bury: (id: number, outcome: "trashed" | "purged", reason: string, sha256?: string): Promise<void> =>
      writer.synced(() => {
        const hash = sha256 === undefined ? null : Buffer.from(sha256, "hex");
        bury(id, { outcome, reason, sha256: hash, now: now() });
        handedOut.delete(id);
      }),

    /**
     * Stored files that agents have worked on for `afterMs` since, oldest first. It is the agents' running time that
     * counts: when a Pi's clock jumps from 1970 to today, no hour has passed.
     */
    toConfirm: ({ afterMs, limit }: { afterMs: number; limit: number }): StoredFile[] =>
      unconfirmed.all(runningMs() - afterMs, limit).map(toStoredFile),

    /** Known stored still, and verified: by then, where {@link store} could not say how. */
    confirm: (files: readonly { id: number; verifiedBy?: VerifiedBy | null }[]): Promise<void> =>
      writer.synced(() => {
        for (const { id, verifiedBy } of files) confirm(id, { verifiedBy: verifiedBy ?? null, now: now() });
      }),

    /** No answer that could confirm or refute: they wait once more. */
    confirmLater: (ids: readonly number[]): Promise<void> =>
      writer.synced(() => {
        for (const id of ids) postpone(id, { running: runningMs() });
      }),

    /**
     * Files whose local copies invariant 1 lets go, the longest stored first. Go on after the last of a page: files in
     * a folder that is never freed stay listed.
     */
    freeable: ({ limit, after = BEFORE_ALL }: FreeableOptions): StoredFile[] =>
      spare.all({ at: after.storedAtMs, id: after.id, limit }).map(toStoredFile),

    /** Whether {@link freeable} would still list it. */
    isFreeable: (id: number): boolean => mayGo.get(id) !== undefined,

    /**
     * Their local copies are gone, or other versions lie in their places. Call it after they were removed: a crash in
     * between leaves a file that is freeable and no longer there, never one that is there and forgotten.
     */
    free: (ids: readonly number[]): Promise<void> =>
      writer.synced(() => {
        for (const id of ids) free(id, { now: now() });
      }),

    /**
     * Looks at the next page of all files, by id, for those that ended in `[sinceMs, beforeMs)`: freed, a tombstone, or
     * gone. Without an index of its own, which would wear the card with each file.
     */
    forgettable({ afterId, limit, sinceMs, beforeMs }: ForgettableOptions): ForgettablePage {
      const rows = byId.all(afterId, limit);
      const isOld = (at: unknown) => Number(at) >= sinceMs && Number(at) < beforeMs;
      return {
        files: rows
          .filter(({ id, is_ended, at }) => is_ended === 1 && isOld(at) && !handedOut.has(Number(id)))
          .map(({ id, path }) => ({ id: Number(id), path: String(path) })),
        lastId: rows.length < limit ? undefined : Number(rows.at(-1)?.id),
      };
    },

    /** Drops them, proofs and all. Call it only for files that are no longer there: what is, has to stay known. */
    forget: (ids: readonly number[]): Promise<void> =>
      writer.synced(() => {
        for (const id of ids) forget.run(id);
      }),
  };
}
