import { isPilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { thumbnailPlace } from "./object-path.ts";

/** A thumbnail on its way. */
export interface ThumbnailToSend {
  /** The object path of its capture. */
  readonly path: string;
  /** Null when there is none: nothing is sent then. */
  readonly bytes: Uint8Array | null;
  readonly signal: AbortSignal;
}

/**
 * Sends a thumbnail. Gives null when it lies there, else why not: a thumbnail never holds its capture back. One that
 * lies there already was made of the same bytes, as the path carries their hash.
 */
export async function sendThumbnail(
  ctx: PilabContext,
  { path, bytes, signal }: ThumbnailToSend,
): Promise<string | null> {
  if (bytes === null) return null;
  const place = thumbnailPlace(ctx.bucket, path);
  try {
    await ctx.call(
      { what: `upload of the thumbnail ${place.path}` },
      (attempt) =>
        ctx.objects.upload({
          ...place,
          bytes,
          contentType: "image/webp",
          userMetadata: { v: 1, thumbnail_of: path },
          signal: attempt.signal,
        }),
      { signal },
    );
    return null;
  } catch (error) {
    // Aborted, or the account itself is refused: the capture would fail the same way, and says so better.
    if (signal.aborted || (isPilabError(error) && error.code === "not_signed_in")) throw error;
    if (isPilabError(error) && error.code === "already_exists") return null;
    return `no thumbnail: ${(error as Error).message}`;
  }
}
