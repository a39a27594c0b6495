import { createHash } from "node:crypto";
import { isPilabError, PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import type { ObjectPlace } from "../transport/object-api.ts";
import type { Content } from "./content.ts";
import { decideVerification, type HeldObject, partsEtag, type VerifiedBy } from "./verify-decision.ts";

/** The object and the bytes it should hold. */
export interface ProofOf extends ObjectPlace {
  readonly content: Content;
  readonly signal?: AbortSignal | undefined;
}

/** Shows that an object holds exactly the content, at the level that the client was asked for, or that it does not. */
export async function proveHeld(
  ctx: PilabContext,
  object: ProofOf,
  held: HeldObject,
): Promise<VerifiedBy | "differs"> {
  const { content } = object;
  const decision = decideVerification(content, held);
  if (decision.kind === "size_differs") return "differs";
  if (decision.kind === "proven") return decision.by;
  if (ctx.settings.verify === "size") return "size";
  if (decision.kind === "parts" && (await matchesParts(content, held.etag, decision.partSizes)))
    return "etag-parts";
  return (await downloadedSha256(ctx, object)) === content.sha256 ? "download" : "differs";
}

/** After an upload: anything but our bytes is an error. */
export async function verifyUploaded(
  ctx: PilabContext,
  object: ProofOf,
  held: HeldObject | undefined,
): Promise<VerifiedBy> {
  const place = `${object.bucket}/${object.path}`;
  if (held === undefined) {
    throw new PilabError(
      "server_lied",
      `${place}: the server accepted the upload but does not hold the object`,
      {
        hint: "The file is kept; upload it again. If this repeats, look at the server's storage and its log.",
      },
    );
  }
  const proof = await proveHeld(ctx, object, held);
  if (proof !== "differs") return proof;
  const { sizeBytes } = object.content;
  throw new PilabError(
    "server_lied",
    `${place}: the server holds other bytes than were sent (${held.sizeBytes} bytes there, ${sizeBytes} here)`,
    {
      hint: "The file is kept; upload it again and it takes another path.",
      details: { heldBytes: held.sizeBytes, sizeBytes, etag: held.etag },
    },
  );
}

async function matchesParts(
  content: Content,
  etag: string | null,
  partSizes: readonly number[],
): Promise<boolean> {
  try {
    for (const partSize of partSizes) {
      if ((await partsEtag(content.sizeBytes, partSize, content.read)) === etag?.toLowerCase()) return true;
    }
    return false;
  } catch (error) {
    // The file moved on after it was sent; what the server holds can still be downloaded.
    if (isPilabError(error) && error.code === "file_changed") return false;
    throw error;
  }
}

async function downloadedSha256(ctx: PilabContext, { bucket, path, signal }: ProofOf): Promise<string> {
  return await ctx.call(
    { what: `download of ${bucket}/${path} to verify it` },
    async (attempt) => {
      const hash = createHash("sha256");
      for await (const chunk of await ctx.objects.download({ bucket, path }, { signal: attempt.signal })) {
        hash.update(chunk as Buffer);
      }
      return hash.digest("hex");
    },
    { signal },
  );
}
