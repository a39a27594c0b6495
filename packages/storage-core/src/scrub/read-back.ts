import { createHash } from "node:crypto";
import { mapItems } from "@pilab/chunking";
import { type CheckableCapture, ERRORS, type ErrorCode, isPilabError, type PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import type { Check } from "./record-checks.ts";

/** Concerns the account or the project, and so no single object. */
const OF_THE_RUN: readonly ErrorCode[] = ["aborted", "not_signed_in", "forbidden", "bucket_missing"];

/**
 * Reads captures back and hashes them; nothing is kept in memory. Other bytes are asked for twice before they are believed.
 * When none can be read because the server does not answer, that is the server's trouble and is thrown; when others can be,
 * the one that cannot is `unreadable`.
 */
export async function readBack(
  ctx: PilabContext,
  bucket: string,
  { captures, signal }: { captures: readonly CheckableCapture[]; signal?: AbortSignal | undefined },
): Promise<Check[]> {
  const checks: Check[] = [];
  const away: { capture: CheckableCapture; error: PilabError }[] = [];
  const run = mapItems(captures, (capture, { signal }) => readOne(ctx, bucket, { capture, signal }), {
    ...{ concurrency: 2, chunkDelayMs: 0, maxChunks: Number.POSITIVE_INFINITY, failFastThreshold: 1 },
    signal,
  });
  for await (const result of run) {
    if (result.ok) checks.push(result.value);
    else {
      const { error, item } = result;
      if (!isPilabError(error) || OF_THE_RUN.includes(error.code)) throw error;
      if (error.code === "not_found") checks.push({ ...named(item), outcome: "missing", bytes: 0 });
      else if (ERRORS[error.code].retryable) away.push({ capture: item, error });
      else checks.push(unreadable(item, error));
    }
  }
  signal?.throwIfAborted();
  const first = away[0];
  if (first && checks.every(({ outcome }) => outcome === "unreadable")) throw first.error;
  return [...checks, ...away.map(({ capture, error }) => unreadable(capture, error))];
}

function named({ id, object_path }: CheckableCapture) {
  return { id, object_path };
}

function unreadable(capture: CheckableCapture, error: PilabError): Check {
  return { ...named(capture), outcome: "unreadable", detail: error.message.slice(0, 1000), bytes: 0 };
}

async function readOne(
  ctx: PilabContext,
  bucket: string,
  { capture, signal }: { capture: CheckableCapture; signal: AbortSignal },
): Promise<Check> {
  let read = { sha256: "", bytes: 0 };
  let bytes = 0;
  for (let time = 0; time < 2; time++) {
    read = await hashObject(ctx, { bucket, path: capture.object_path, signal });
    bytes += read.bytes;
    if (read.sha256 === capture.sha256) return { ...named(capture), outcome: "ok", bytes };
  }
  const detail = `${read.bytes} bytes with SHA-256 ${read.sha256}, catalogued as ${capture.size_bytes} with ${capture.sha256}`;
  return { ...named(capture), outcome: "mismatch", detail, bytes };
}

async function hashObject(
  ctx: PilabContext,
  { bucket, path, signal }: { bucket: string; path: string; signal: AbortSignal },
): Promise<{ sha256: string; bytes: number }> {
  return await ctx.call(
    { what: `reading ${bucket}/${path} back` },
    async (attempt) => {
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const chunk of await ctx.objects.download({ bucket, path }, { signal: attempt.signal })) {
        hash.update(chunk as Buffer);
        bytes += (chunk as Buffer).byteLength;
      }
      return { sha256: hash.digest("hex"), bytes };
    },
    { signal, budgetMs: Number.POSITIVE_INFINITY },
  );
}
