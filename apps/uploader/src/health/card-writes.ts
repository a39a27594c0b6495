import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What was written on one day (UTC), kept across restarts. */
export interface DayOfWrites {
  /** `2026-11-24`. */
  day: string;
  bytes: number;
}

/** Where a {@link DayOfWrites} is kept: the journal's notes. */
export interface WritesStore {
  load(): DayOfWrites | undefined;
  save(day: DayOfWrites): void;
}

/** Counts what this process makes the disk write: cards wear out by that. */
export interface CardWrites {
  /** Bytes written today (UTC), this process and those before it; null where the machine does not tell. Saves as it tells. */
  today(): number | null;
}

/** What {@link createCardWrites} takes. */
export interface CardWritesOptions {
  store: WritesStore;
  /** Where /proc hangs. Default "/". */
  root?: string;
  now?: () => number;
}

/** Makes the counter. The kernel counts pages on their way to any disk, so memory disks and pipes cost nothing. */
export function createCardWrites({ store, root = "/", now = Date.now }: CardWritesOptions): CardWrites {
  let counted = 0;
  return {
    today() {
      const written = readWrittenBytes(root);
      if (written === null) return null;
      const day = new Date(now()).toISOString().slice(0, 10);
      const before = store.load();
      const bytes = (before?.day === day ? before.bytes : 0) + Math.max(0, written - counted);
      counted = written;
      store.save({ day, bytes });
      return bytes;
    },
  };
}

/** Since this process began, less what was deleted before it reached the disk. */
function readWrittenBytes(root: string): number | null {
  try {
    const text = readFileSync(join(root, "proc/self/io"), "utf8");
    const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1]);
    const bytes = field("write_bytes") - field("cancelled_write_bytes");
    return Number.isNaN(bytes) ? null : Math.max(0, bytes);
  } catch {
    return null; // Not Linux, or hidden from us.
  }
}
