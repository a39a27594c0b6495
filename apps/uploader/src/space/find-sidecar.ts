import { lstatSync } from "node:fs";
import { extname } from "node:path";
import { CAPTURE_EXTENSIONS } from "../intake/walk.ts";
import type { CopyIdentity } from "./free-copy.ts";

/** A copy that may be freed, with what the journal knows of its sidecar. */
export interface CopyWithSidecar extends CopyIdentity {
  readonly addedAtMs: number;
  readonly hadSidecar: boolean;
}

/**
 * The sidecar that was read with a copy, `x.jpg.json` else `x.json` beside `x.jpg`: null where none was, where it was
 * written later, so that nobody has read it, and where it speaks for another picture too.
 */
export function findSidecar({ path, addedAtMs, hadSidecar }: CopyWithSidecar): CopyIdentity | null {
  if (!hadSidecar) return null;
  const stem = path.slice(0, path.length - extname(path).length);
  const own = identify(`${path}.json`);
  const found = own ?? identify(`${stem}.json`);
  if (found === null || found.mtimeNs > BigInt(addedAtMs) * 1_000_000n) return null;
  return own === null && isShared(stem, path) ? null : found;
}

/** A camera's raw picture beside its JPEG, for one. */
function isShared(stem: string, path: string): boolean {
  return [...CAPTURE_EXTENSIONS]
    .flatMap((extension) => [stem + extension, stem + extension.toUpperCase()])
    .some((other) => other !== path && identify(other) !== null);
}

function identify(path: string): CopyIdentity | null {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!found?.isFile()) return null;
  const { dev: device, ino: inode, size, mtimeNs } = found;
  return { path, device, inode, sizeBytes: Number(size), mtimeNs };
}
