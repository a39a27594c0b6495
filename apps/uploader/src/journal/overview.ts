import { type JournalContext, prepare, toListedFile } from "./rows.ts";
import type { FileState } from "./schema.ts";
import type { Counts, ListedFile } from "./types.ts";

/** What `status` and the heartbeat show. */
export type Overview = ReturnType<typeof createOverview>;

/** The part of a journal that only looks. */
export function createOverview({ db }: JournalContext) {
  const counters = db.prepare("select state, files, bytes from counters");
  const oldest = prepare(
    db,
    "select path, mtime_ns from files where state in ('queued', 'placed') order by mtime_ns limit 1",
  );
  const inState = prepare(db, "select * from files where state = ? and id > ? order by id limit ?");
  const vanished = db.prepare(
    "select count(*) as files from files where state = 'gone' and is_current = 1 and freed_at_ms >= ?",
  );
  const failing = prepare(
    db,
    `select * from files where state in ('queued', 'placed') and attempts > 0 and id > ? order by id limit ?`,
  );

  return {
    /** Kept as files move, so that asking costs the same whatever their number. */
    counts(): Counts {
      const entries = counters.all().map(({ state, files, bytes }) => [state, { files, bytes }]);
      return Object.fromEntries(entries);
    },

    /** Files that were removed before they were uploaded, and found missing since then. */
    vanishedSince: (sinceMs: number): number => Number(vanished.get(sinceMs)?.files),

    /** The file that waits for its upload and is the oldest by its own time. */
    oldestQueued(): { path: string; mtimeMs: number } | undefined {
      const row = oldest.get();
      if (row === undefined) return undefined;
      return { path: String(row.path), mtimeMs: Number((row.mtime_ns as bigint) / 1_000_000n) };
    },

    /** A page of the files in a state, or of those that failed and will be tried again; go on after the last id. */
    list(state: FileState | "failing", { limit = 100, afterId = 0 } = {}): ListedFile[] {
      const rows = state === "failing" ? failing.all(afterId, limit) : inState.all(state, afterId, limit);
      return rows.map(toListedFile);
    },
  };
}
