import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { mapItems } from "@pilab/chunking";
import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { toPilabError } from "../supabase-error.ts";
import type { Capture } from "./capture.ts";
import type { CaptureFilter } from "./capture-filter.ts";
import { downloadToFile } from "./download-capture.ts";
import { iterateCaptures } from "./list-captures.ts";

/** Settings of {@link exportCaptures}. */
export interface ExportOptions extends CaptureFilter {
  /** With the pictures, or the rows alone. Default true. */
  readonly images?: boolean | undefined;
  /** Downloads at once. Default 4. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told after each capture. */
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
}

/** How far an export is. */
export interface ExportProgress {
  readonly downloaded: number;
  /** Were there already, with the right bytes. */
  readonly kept: number;
  readonly failed: number;
  readonly bytes: number;
}

/** What an export came to. */
export interface ExportSummary extends ExportProgress {
  /** The rows: `metadata.jsonl` of an image folder, or `captures.jsonl`. */
  readonly rowsFile: string;
  /** The first hundred captures that failed; they are not among the rows. */
  readonly failures: readonly { objectPath: string; error: PilabError }[];
}

const FAILURES_KEPT = 100;

/**
 * Writes captures into a folder: each picture under its object path, and one JSON line a capture. With pictures the
 * lines stand in `metadata.jsonl` with a `file_name` beside the picture's columns, which is what the `imagefolder`
 * loader of 🤗 datasets reads; without, in `captures.jsonl`. Resumable: a file that is there and has the catalogue's
 * hash is kept, anything else is fetched again; the lines appear under their name when the export is through.
 */
export async function exportCaptures(
  ctx: PilabContext,
  folder: string,
  options: ExportOptions = {},
): Promise<ExportSummary> {
  const { images = true, concurrency = 4, signal, onProgress, ...filter } = options;
  const rowsFile = join(folder, images ? "metadata.jsonl" : "captures.jsonl");
  const progress = { downloaded: 0, kept: 0, failed: 0, bytes: 0 };
  const failures: { objectPath: string; error: PilabError }[] = [];
  await mkdir(folder, { recursive: true });
  const rows = await open(`${rowsFile}.part`, "w");
  try {
    const fetched = mapItems(
      iterateCaptures(ctx, { ...filter, signal }),
      async (capture) => (images ? await fetchImage(ctx, folder, { capture, signal }) : ("kept" as const)),
      { concurrency, maxChunks: Number.POSITIVE_INFINITY, chunkDelayMs: 0, failFastThreshold: 1, signal },
    );
    for await (const result of fetched) {
      if (result.ok) {
        progress[result.value] += 1;
        progress.bytes += images ? result.item.size_bytes : 0;
        await rows.appendFile(`${JSON.stringify(lineOf(result.item, images))}\n`);
      } else {
        progress.failed += 1;
        const error = toPilabError(result.error, { what: `export of ${result.item.object_path}` });
        if (failures.length < FAILURES_KEPT) failures.push({ objectPath: result.item.object_path, error });
      }
      onProgress?.({ ...progress });
    }
    if (signal?.aborted)
      throw new PilabError("aborted", "The export was stopped; the same call goes on from here");
    await rows.sync();
  } finally {
    await rows.close();
  }
  await rename(`${rowsFile}.part`, rowsFile);
  return { ...progress, rowsFile, failures };
}

async function fetchImage(
  ctx: PilabContext,
  folder: string,
  { capture, signal }: { capture: Capture; signal: AbortSignal | undefined },
): Promise<"downloaded" | "kept"> {
  const path = localPath(folder, capture);
  if (await holds(path, capture)) return "kept";
  await downloadToFile(ctx, capture, { path, signal });
  return "downloaded";
}

/** The catalogue holds only plain paths; one that leaves the folder can only come from a hostile server. */
function localPath(folder: string, { object_path }: Capture): string {
  const segments = object_path.split("/");
  if (
    segments.some((segment) => segment === "" || segment === "." || segment === "..") ||
    object_path.includes("\\")
  ) {
    throw new PilabError("server_lied", `"${object_path}" is no object path to write a file under`);
  }
  return join(folder, ...segments);
}

async function holds(path: string, { size_bytes, sha256 }: Capture): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  if (size !== size_bytes) return false;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex") === sha256;
}

/** The loader wants the file's path in `file_name`; the camera's own name moves aside. */
function lineOf(capture: Capture, images: boolean): object {
  if (!images) return capture;
  const { file_name, ...row } = capture;
  return { file_name: capture.object_path, original_file_name: file_name, ...row };
}
