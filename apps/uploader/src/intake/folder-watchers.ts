import { type FSWatcher, watch } from "node:fs";
import { join, sep } from "node:path";

/** What {@link createFolderWatchers} tells. */
export interface FolderWatcherEvents {
  /** Something happened under this path; `created` when the name itself came or went. */
  readonly onHint: (path: string, created: boolean) => void;
  /** A folder cannot be watched: its files are found by the rescan alone. */
  readonly onUnwatched: (folder: string, error: NodeJS.ErrnoException) => void;
}

/** One watch on each folder; a hint that comes is taken, one that does not is made up for by the rescan. */
export interface FolderWatchers {
  /** Watches a folder, anew when another lies under its path by now. */
  keep(folder: string, identity: string): void;
  /** Lets go of every folder under `root` that is not in `present`. */
  retain(root: string, present: ReadonlySet<string>): void;
  close(): void;
}

/**
 * Not `watch` with `recursive`: on Linux that holds a watch on every file too, and a Pi's kernel allows some ten
 * thousand.
 */
export function createFolderWatchers({ onHint, onUnwatched }: FolderWatcherEvents): FolderWatchers {
  const watched = new Map<string, { identity: string; watcher: FSWatcher | undefined }>();

  function drop(folder: string): void {
    watched.get(folder)?.watcher?.close();
    watched.delete(folder);
  }

  function start(folder: string, identity: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, (event, name) => {
        if (name !== null) onHint(join(folder, name), event === "rename");
      });
      watcher.on("error", () => {
        if (watched.get(folder)?.identity === identity) drop(folder);
      });
      return watcher;
    } catch (error) {
      onUnwatched(folder, error as NodeJS.ErrnoException);
      return undefined;
    }
  }

  return {
    keep(folder, identity) {
      if (watched.get(folder)?.identity === identity) return;
      drop(folder);
      watched.set(folder, { identity, watcher: start(folder, identity) });
    },
    retain(root, present) {
      for (const folder of watched.keys()) {
        const isUnder = folder === root || folder.startsWith(root.endsWith(sep) ? root : root + sep);
        if (isUnder && !present.has(folder)) drop(folder);
      }
    },
    close() {
      for (const folder of [...watched.keys()]) drop(folder);
    },
  };
}
