import { opendir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { PilabError } from "@pilab/schema";

/** What {@link walk} comes across: a folder as it is entered, before its entries; a file that may be a capture. */
export type Found =
  | { readonly kind: "folder"; readonly path: string; readonly identity: string }
  | { readonly kind: "file"; readonly path: string }
  /** A file whose name says that it is no capture, and nothing that goes with one. */
  | { readonly kind: "other"; readonly path: string }
  | { readonly kind: "unreadable"; readonly path: string; readonly error: NodeJS.ErrnoException };

/** What {@link capturesUnder} tells besides the files it yields. */
export interface ScanEvents {
  /** A file in a folder whose name says that it is no picture: counted, not uploaded. */
  onIgnored?: (path: string) => void;
  /** A folder that cannot be read; the scan goes on without it. */
  onUnreadable?: (path: string, error: Error) => void;
}

/** What names of captures end in, in small letters. */
export const CAPTURE_EXTENSIONS: ReadonlySet<string> = new Set([
  ".jpg",
  ".jpeg",
  ".jpe",
  ".png",
  ".webp",
  ".dng",
  ".mp4",
  ".m4v",
]);
/** Sidecars are read with their picture; what a camera or a copy in progress still writes to is another time's business. */
const ASIDE_EXTENSIONS = new Set([".json", ".tmp", ".part", ".partial", ".crdownload"]);

/** Whether a name may be a capture's: never a hidden one, nor one that a writer or a copy in progress still uses. */
export function isCaptureName(name: string): boolean {
  return !name.startsWith(".") && CAPTURE_EXTENSIONS.has(extname(name).toLowerCase());
}

/** Which folder a path leads to now: another disk mounted there is another folder. */
export async function folderIdentity(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

// Of 32, Node's default, a folder of 100,000 files takes three thousand.
const ENTRIES_AT_ONCE = 256;

/** Goes through a folder and all below it, one entry at a time. Links are followed, each folder once. */
export async function* walk(path: string, seen: Set<string> = new Set()): AsyncGenerator<Found> {
  try {
    const identity = await folderIdentity(path);
    if (seen.has(identity)) return;
    seen.add(identity);
    yield { kind: "folder", path, identity };
    for await (const entry of await opendir(path, { bufferSize: ENTRIES_AT_ONCE })) {
      if (entry.name.startsWith(".")) continue;
      const inside = join(path, entry.name);
      const kind = entry.isSymbolicLink() ? await kindOf(inside) : entry;
      if (kind.isDirectory()) yield* walk(inside, seen);
      else if (!kind.isFile()) continue;
      else if (isCaptureName(entry.name)) yield { kind: "file", path: inside };
      else if (!isAside(entry.name)) yield { kind: "other", path: inside };
    }
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    yield { kind: "unreadable", path, error: error as NodeJS.ErrnoException };
  }
}

/**
 * Yields the captures under files and folders, one at a time, however many there are. A file that is named is yielded
 * whatever its name; in a folder the name decides. Each folder is read once.
 *
 * @throws PilabError `invalid_input` for a path that is not there
 */
export async function* capturesUnder(
  paths: readonly string[],
  events: ScanEvents = {},
): AsyncGenerator<string> {
  const seen = new Set<string>();
  for (const path of paths) {
    const named = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      const why = cause.code === "ENOENT" ? "does not exist" : `cannot be read: ${cause.message}`;
      throw new PilabError("invalid_input", `${path} ${why}`, {
        cause,
        hint: "Name files or folders that are there.",
      });
    });
    if (!named.isDirectory()) {
      yield path;
      continue;
    }
    for await (const found of walk(path, seen)) {
      if (found.kind === "file") yield found.path;
      else if (found.kind === "other") events.onIgnored?.(found.path);
      else if (found.kind === "unreadable") events.onUnreadable?.(found.path, found.error);
    }
  }
}

/** A link that leads nowhere counts as a file: reading it will say so, by name. */
async function kindOf(path: string): Promise<{ isDirectory(): boolean; isFile(): boolean }> {
  return await stat(path).catch(() => ({ isDirectory: () => false, isFile: () => true }));
}

/** Where a state folder is watched too: closing a file of SQLite's ends all locks that this process has on it. */
const JOURNAL = /^journal\.(?:db|lock)/;

function isAside(name: string): boolean {
  return ASIDE_EXTENSIONS.has(extname(name).toLowerCase()) || name.endsWith("~") || JOURNAL.test(name);
}

/** Whether a path, through links, leads to a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
