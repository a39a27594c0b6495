import { type ErrorCode, isPilabError, PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { STANDARD_UPLOAD_MAX_BYTES } from "./content.ts";
import { type ObjectToSend, uploadErrorContext } from "./object-to-send.ts";
import type { ResumeStore } from "./resume-store.ts";
import { createSentHash } from "./sent-hash.ts";

const CHUNK_BYTES = STANDARD_UPLOAD_MAX_BYTES;

/** So many tries in a row that the server answers and that bring an upload no further: it is stuck there. */
const FRUITLESS_TRIES = 3;
/** A lock that outlives its request (tusd#1372), parts that the server's store has lost. */
const STUCK: ReadonlySet<ErrorCode> = new Set(["server_busy", "server_error", "server_lied"]);
/** By client, then by key. A restart counts anew. */
const fruitless = new WeakMap<ResumeStore, Map<string, number>>();

/**
 * Sends content by tus, one chunk a request, going on from the server's offset after a cut connection. An
 * upload that the server has forgotten (it expired, or the server was replaced) begins anew once, and so does one that
 * is stuck there.
 */
export async function sendResumable(ctx: PilabContext, object: ObjectToSend): Promise<void> {
  const key = `${object.bucket}/${object.path}#${object.content.sha256}`;
  const { resumeStore } = ctx.settings;
  const tries = fruitless.get(resumeStore) ?? new Map<string, number>();
  fruitless.set(resumeStore, tries);
  for (let fresh = false; ; fresh = true) {
    try {
      const url = await findOrCreate(ctx, object, key);
      await sendChunks(ctx, object, { url, onProgress: () => tries.delete(key) });
      tries.delete(key);
      await resumeStore.delete(key);
      return;
    } catch (error) {
      if (!isPilabError(error)) throw error;
      if (STUCK.has(error.code)) tries.set(key, (tries.get(key) ?? 0) + 1);
      const isLost = error.code === "not_found" || (tries.get(key) ?? 0) >= FRUITLESS_TRIES;
      if (!isLost || fresh) throw error;
      tries.delete(key);
      await resumeStore.delete(key);
    }
  }
}

async function findOrCreate(ctx: PilabContext, object: ObjectToSend, key: string): Promise<string> {
  const { resumeStore } = ctx.settings;
  const known = await resumeStore.get(key);
  if (known !== undefined) return known;
  const { content, signal, ...creation } = object;
  const { url } = await ctx.call(
    uploadErrorContext(object),
    (attempt) => ctx.tus.create({ ...creation, sizeBytes: content.sizeBytes, signal: attempt.signal }),
    { signal },
  );
  await resumeStore.set(key, url);
  return url;
}

async function sendChunks(
  ctx: PilabContext,
  object: ObjectToSend,
  { url, onProgress }: { url: string; onProgress: () => void },
): Promise<void> {
  const { content, signal } = object;
  const sent = createSentHash(content);
  let offset = await ctx.call(uploadErrorContext(object), (attempt) => askOffset(ctx, url, attempt.signal), {
    signal,
  });
  while (offset < content.sizeBytes) {
    const start = offset;
    // The attempts of RETRY_MAX_ATTEMPTS are those of one chunk: a long file may survive many cuts.
    offset = await ctx.call(
      uploadErrorContext(object),
      async (attempt) => {
        const from = attempt.number === 1 ? start : await askOffset(ctx, url, attempt.signal);
        // An answer was lost, its bytes were not: that is progress, and the next chunk has all its attempts.
        if (from > start) return from;
        const end = Math.min(from + CHUNK_BYTES, content.sizeBytes);
        const bytes = { byteLength: end - from, pieces: () => sent.pieces(from, end) };
        const reached = await ctx.tus.append({ url }, { offset: from, bytes, signal: attempt.signal });
        return reached === "conflict" ? await askOffset(ctx, url, attempt.signal) : reached;
      },
      { signal, budgetMs: Number.POSITIVE_INFINITY },
    );
    onProgress();
  }
}

async function askOffset(ctx: PilabContext, url: string, signal: AbortSignal): Promise<number> {
  const offset = await ctx.tus.offset({ url }, signal);
  if (offset === undefined)
    throw new PilabError("not_found", "the server no longer knows this resumable upload");
  return offset;
}
