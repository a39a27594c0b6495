import { isPilabError, PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import type { BytesOnTheWay } from "../transport/transport.ts";
import { type Content, STANDARD_UPLOAD_MAX_BYTES } from "./content.ts";
import { type ObjectToSend, uploadErrorContext } from "./object-to-send.ts";
import { sendResumable } from "./send-resumable.ts";
import { createSentHash } from "./sent-hash.ts";
import { proveHeld } from "./verify.ts";
import type { VerifiedBy } from "./verify-decision.ts";

/** Where the bytes lie now. `settledBy` is set when they lay there before, and says how that was shown. */
export interface SentObject {
  readonly path: string;
  readonly settledBy: VerifiedBy | null;
}

// The plain path, then `…-2` to `…-9`. More foreign objects on one capture's paths are no accident.
const MAX_PATHS = 9;

/**
 * Brings the bytes under the first of the paths that is free or holds these very bytes already. A taken path is
 * settled by asking what it holds: an earlier attempt whose answer was lost is success; other bytes (a half-written
 * object, a foreign upload) make the capture take the next path instead of being stuck for ever.
 */
export async function sendObject(
  ctx: PilabContext,
  object: Omit<ObjectToSend, "path"> & { pathOf: (attempt: number) => string },
): Promise<SentObject> {
  const { pathOf, ...rest } = object;
  for (let attempt = 1; attempt <= MAX_PATHS; attempt += 1) {
    const place = { ...rest, path: pathOf(attempt) };
    try {
      await sendOnce(ctx, place);
      return { path: place.path, settledBy: null };
    } catch (error) {
      if (!isPilabError(error) || error.code !== "already_exists") throw error;
    }
    const settledBy = await settleTaken(ctx, place);
    if (settledBy !== "differs") return { path: place.path, settledBy };
    ctx.logger?.warn({ objectPath: place.path }, "the object path holds other bytes, taking the next one");
  }
  throw new PilabError(
    "path_conflict",
    `${object.content.fileName}: ${pathOf(1)} and its alternatives hold other bytes`,
    {
      hint: "Let an operator look at these objects; `reconcile` removes what is no capture.",
    },
  );
}

async function sendOnce(ctx: PilabContext, object: ObjectToSend): Promise<void> {
  const { content, ...place } = object;
  if (content.sizeBytes > STANDARD_UPLOAD_MAX_BYTES) return await sendResumable(ctx, object);
  await ctx.call(
    uploadErrorContext(object),
    ({ signal }) => ctx.objects.upload({ ...place, bytes: bodyOf(content), signal }),
    // The idle timeout of the transport ends what hangs; a slow uplink may take its time.
    { signal: object.signal, budgetMs: Number.POSITIVE_INFINITY },
  );
}

/** From memory where it is held; else from disk, its last piece only if the file still is the one that was hashed. */
function bodyOf(content: Content): Uint8Array | BytesOnTheWay {
  const { bytes, sizeBytes } = content;
  return bytes ?? { byteLength: sizeBytes, pieces: () => createSentHash(content).pieces(0, sizeBytes) };
}

async function settleTaken(ctx: PilabContext, object: ObjectToSend): Promise<VerifiedBy | "differs"> {
  const held = await ctx.call(
    { what: `looking at what ${object.bucket}/${object.path} holds` },
    ({ signal }) => ctx.objects.info(object, signal),
    { signal: object.signal },
  );
  // Its user metadata names a hash too, but that is its uploader's claim: only the bytes decide.
  return await proveHeld(ctx, object, held);
}
