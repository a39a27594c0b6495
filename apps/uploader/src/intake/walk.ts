import { opendir, stat } from "node:fs/promises";
import { extname, join } from "node:path";

/** What {@link walk} comes across: a folder as it is entered, before its entries; a file that may be a capture. */
export type Found =
  | { readonly kind: "folder"; readonly path: string; readonly identity: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "unreadable"; readonly path: string; readonly error: NodeJS.ErrnoException };

const CAPTURE_EXTENSIONS = new Set([".jpg", ".jpeg", ".jpe", ".png", ".webp", ".dng", ".mp4", ".m4v"]);

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
      if (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(inside))))
        yield* walk(inside, seen);
      else if (isCaptureName(entry.name)) yield { kind: "file", path: inside };
    }
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    yield { kind: "unreadable", path, error: error as NodeJS.ErrnoException };
  }
}

/** Whether a path, through links, leads to a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
