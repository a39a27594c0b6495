import type { Readable } from "node:stream";
import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { answerError } from "../supabase-error.ts";
import { objectUrl } from "../transport/object-api.ts";
import { thumbnailPlace } from "../uploads/object-path.ts";
import type { Capture } from "./capture.ts";

/** Settings of {@link openCapture}. */
export interface OpenOptions {
  /** The thumbnail instead of the capture. */
  readonly thumbnail?: boolean | undefined;
  /** A Range header as a browser sent it: players ask for parts of a video. */
  readonly range?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An object on its way. The body must be read to its end or destroyed. */
export interface OpenedCapture {
  /** 200, or 206 for a part. */
  readonly status: number;
  readonly body: Readable;
  /** content-length, content-range and accept-ranges as the server gave them. */
  readonly headers: Record<string, string>;
}

const PASSED_ON = ["content-length", "content-range", "accept-ranges"];

/**
 * The bytes of a capture as they come, for passing on to a browser: not verified, as a page should not wait for the whole.
 * Throws `not_found` where the row has no object.
 */
export async function openCapture(
  ctx: PilabContext,
  capture: Pick<Capture, "bucket_id" | "object_path" | "thumbnail_path">,
  { thumbnail = false, range, signal }: OpenOptions = {},
): Promise<OpenedCapture> {
  if (thumbnail && capture.thumbnail_path === null) {
    throw new PilabError("not_found", `${capture.object_path} has no thumbnail`);
  }
  const place = thumbnail
    ? thumbnailPlace(capture.bucket_id, capture.object_path)
    : { bucket: capture.bucket_id, path: capture.object_path };
  return await ctx.call(
    { what: `opening ${place.path}` },
    async (attempt) => {
      const answer = await ctx.transport.open({
        method: "GET",
        path: objectUrl("object/authenticated", place),
        headers: { ...(await ctx.authHeaders(attempt.signal)), ...(range !== undefined && { range }) },
        signal: attempt.signal,
      });
      if (answer.status >= 400) {
        throw answerError({ ...answer, body: Buffer.concat(await answer.body.toArray()) });
      }
      const headers = PASSED_ON.flatMap((name) =>
        answer.headers[name] === undefined ? [] : [[name, String(answer.headers[name])] as const],
      );
      return { status: answer.status, body: answer.body, headers: Object.fromEntries(headers) };
    },
    { signal },
  );
}
