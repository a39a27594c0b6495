import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";
import { thumbnailPlace } from "../uploads/object-path.ts";
import type { Capture } from "./capture.ts";

/** Settings of {@link signedUrl}. */
export interface SignedUrlOptions {
  /** How long the URL works, in seconds. Default 3600. */
  readonly expiresInS?: number | undefined;
  /** The thumbnail instead of the capture. */
  readonly thumbnail?: boolean | undefined;
  /** Makes a browser save it under this name. */
  readonly downloadAs?: string | undefined;
}

/** A URL by which anyone can read the object for a while. */
export async function signedUrl(
  ctx: PilabContext,
  capture: Pick<Capture, "bucket_id" | "object_path" | "thumbnail_path">,
  { expiresInS = 3600, thumbnail = false, downloadAs }: SignedUrlOptions = {},
): Promise<string> {
  if (thumbnail && capture.thumbnail_path === null) {
    throw new PilabError("not_found", `${capture.object_path} has no thumbnail`);
  }
  const { bucket, path } = thumbnail
    ? thumbnailPlace(capture.bucket_id, capture.object_path)
    : { bucket: capture.bucket_id, path: capture.object_path };
  return await ctx.call({ what: `signing a URL for ${bucket}/${path}` }, async () => {
    const options = downloadAs === undefined ? {} : { download: downloadAs };
    return dataOf(await ctx.supabase.storage.from(bucket).createSignedUrl(path, expiresInS, options))
      .signedUrl;
  });
}
