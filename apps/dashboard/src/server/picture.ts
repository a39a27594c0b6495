import "server-only";
import { Readable } from "node:stream";
import { ERRORS, isPilabError } from "@pilab/schema";
import type { Capture, OpenedCapture, PilabClient } from "@pilab/storage-core";
import { z } from "zod";
import { attachment } from "./attachment.ts";
import { borrowClient } from "./clients.ts";
import { logger } from "./logger.ts";
import { PLACEHOLDER, typePlaceholder } from "./placeholder.ts";
import type { Current } from "./session/current.ts";

const uuid = z.uuid();

// The bytes of a capture never change under its id, but who may see them does: then the tag is asked for, and the rights with
// it. What is large and tells most is asked for sooner.
const THUMBNAIL_KEPT = "private, max-age=86400";
const PICTURE_KEPT = "private, max-age=300";
/** Small enough, mostly, to stand in for a thumbnail that is not there; a page shows no other. */
const SHOWN = new Set(["image/jpeg", "image/png", "image/webp"]);

/**
 * Answers with a capture's bytes, streamed under the asker's own rights: no address of the storage reaches the browser, and a
 * picture shows wherever the page does. A capture without an object gives a picture that says so.
 */
export async function picture(
  request: Request,
  { id, thumbnail }: { id: string; thumbnail: boolean },
  who: Current | undefined,
): Promise<Response> {
  if (!who) return new Response("Sign in first", { status: 401 });
  if (!uuid.safeParse(id).success) return missing();
  const { pilab, giveBack } = borrowClient(who.session.accessToken);
  const { signal } = request;
  try {
    // Read even when the browser has it: rights can be withdrawn.
    const capture = await pilab.captures.get(id, signal);
    const known = request.headers.get("if-none-match");
    const small = thumbnail ? await openThumbnail(pilab, capture, { known, signal }) : undefined;
    if (small === "known") {
      giveBack();
      return unchanged(`"${id}-t"`, THUMBNAIL_KEPT);
    }
    if (small !== undefined) {
      const kind = { type: "image/webp", etag: `"${id}-t"`, kept: THUMBNAIL_KEPT };
      return opened(small, { ...kind, giveBack });
    }
    if (thumbnail && !SHOWN.has(capture.content_type) && capture.purged_at === null) {
      giveBack();
      return drawn(typePlaceholder(capture.content_type), { "cache-control": PICTURE_KEPT });
    }
    const etag = `"${id}"`;
    if (known === etag) {
      giveBack();
      return unchanged(etag, PICTURE_KEPT);
    }
    const range = request.headers.get("range") ?? undefined;
    const whole = await pilab.captures.open(capture, { range, signal });
    const answer = opened(whole, { type: capture.content_type, etag, kept: PICTURE_KEPT, giveBack });
    if (new URL(request.url).searchParams.has("download"))
      answer.headers.set("content-disposition", attachment(capture.file_name));
    return answer;
  } catch (error) {
    giveBack();
    if (signal.aborted) return new Response(null, { status: 499 });
    if (isPilabError(error) && error.code === "not_found") return missing();
    logger().warn({ err: error, id }, "a picture could not be read");
    const status = isPilabError(error) ? ERRORS[error.code].httpStatus : 500;
    return new Response("The picture could not be read", { status });
  }
}

/** undefined: there is none, whatever the row says. */
async function openThumbnail(
  pilab: PilabClient,
  capture: Capture,
  { known, signal }: { known: string | null; signal: AbortSignal },
): Promise<OpenedCapture | "known" | undefined> {
  if (capture.thumbnail_path === null) return undefined;
  if (known === `"${capture.id}-t"`) return "known";
  try {
    return await pilab.captures.open(capture, { thumbnail: true, signal });
  } catch (error) {
    if (isPilabError(error) && error.code === "not_found") return undefined;
    throw error;
  }
}

function opened(
  { body, status, headers: passedOn }: OpenedCapture,
  { type, etag, kept, giveBack }: { type: string; etag: string; kept: string; giveBack: () => void },
): Response {
  body.once("close", giveBack);
  const headers = new Headers(passedOn);
  headers.set("content-type", type);
  headers.set("cache-control", kept);
  headers.set("etag", etag);
  return new Response(Readable.toWeb(body) as ReadableStream, { status, headers });
}

function unchanged(etag: string, kept: string): Response {
  return new Response(null, { status: 304, headers: { etag, "cache-control": kept } });
}

/** 200 and not 404: an `img` shows it, and it is not kept, as the object may come back. */
function missing(): Response {
  return drawn(PLACEHOLDER, { "cache-control": "no-store", "x-pilab-missing": "1" });
}

function drawn(svg: string, headers: Record<string, string>): Response {
  return new Response(svg, { headers: { "content-type": "image/svg+xml", ...headers } });
}
