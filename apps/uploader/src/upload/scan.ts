import { opendir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { PilabError } from "@pilab/schema";

/** What {@link scan} tells besides the files it yields. */
export interface ScanEvents {
  /** A file in a folder whose name says that it is no picture: counted, not uploaded. */
  onIgnored?: (path: string) => void;
  /** A folder that cannot be read; the scan goes on without it. */
  onUnreadable?: (path: string, error: Error) => void;
}

const CAPTURE_EXTENSIONS = new Set([".jpg", ".jpeg", ".jpe", ".png", ".webp", ".dng", ".mp4", ".m4v"]);
/** What a camera or a copy in progress still writes to. */
const UNFINISHED_EXTENSIONS = new Set([".tmp", ".part", ".partial", ".crdownload"]);

/**
 * Yields the captures under files and folders, one at a time, however many there are. A file that is named is yielded
 * whatever its name; in a folder the name decides, and hidden and unfinished files are passed over. Links are followed,
 * each folder once, so that a loop of links ends.
 */
export async function* scan(paths: readonly string[], events: ScanEvents = {}): AsyncGenerator<string> {
  const seen = new Set<string>();
  for (const path of paths) {
    const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      const why = cause.code === "ENOENT" ? "does not exist" : `cannot be read: ${cause.message}`;
      throw new PilabError("invalid_input", `${path} ${why}`, {
        cause,
        hint: "Name files or folders that are there.",
      });
    });
    if (found.isDirectory()) yield* scanFolder(path, seen, events);
    else yield path;
  }
}

async function* scanFolder(folder: string, seen: Set<string>, events: ScanEvents): AsyncGenerator<string> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    const identity = `${dev}:${ino}`;
    if (seen.has(identity)) return;
    seen.add(identity);
    for await (const entry of await opendir(folder)) {
      if (entry.name.startsWith(".")) continue;
      const path = join(folder, entry.name);
      const kind = entry.isSymbolicLink() ? await kindOf(path) : entry;
      if (kind.isDirectory()) yield* scanFolder(path, seen, events);
      else if (kind.isFile() && isCaptureName(entry.name)) yield path;
      else if (kind.isFile() && !isAside(entry.name)) events.onIgnored?.(path);
    }
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    events.onUnreadable?.(folder, error);
  }
}

/** A link that leads nowhere counts as a file: reading it will say so, by name. */
async function kindOf(path: string): Promise<{ isDirectory(): boolean; isFile(): boolean }> {
  return await stat(path).catch(() => ({ isDirectory: () => false, isFile: () => true }));
}

function isCaptureName(name: string): boolean {
  return CAPTURE_EXTENSIONS.has(extname(name).toLowerCase());
}

/** Sidecars are read with their picture; unfinished files are another run's business. */
function isAside(name: string): boolean {
  const extension = extname(basename(name)).toLowerCase();
  return extension === ".json" || UNFINISHED_EXTENSIONS.has(extension) || name.endsWith("~");
}
