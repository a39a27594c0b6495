import "server-only";
import { Readable } from "node:stream";
import { ERRORS, isPilabError } from "@pilab/schema";
import { z } from "zod";
import { attachment } from "./attachment.ts";
import { borrowClient } from "./clients.ts";
import { logger } from "./logger.ts";
import { PLACEHOLDER } from "./placeholder.ts";
import { current } from "./session/current.ts";

const uuid = z.uuid();

// The bytes of a capture never change under its id.
const FOR_EVER = "private, max-age=31536000, immutable";

/**
 * Answers with a capture's bytes, streamed under the asker's own rights: no address of the storage reaches the browser, and a
 * picture shows wherever the page does. A capture without an object gives a picture that says so.
 */
export async function picture(request: Request, id: string, thumbnail: boolean): Promise<Response> {
  const who = await current();
  if (!who) return new Response("Sign in first", { status: 401 });
  if (!uuid.safeParse(id).success) return missing();
  const etag = `"${id}${thumbnail ? "-t" : ""}"`;
  const { pilab, giveBack } = borrowClient(who.session.accessToken);
  try {
    // Read even when the browser has it: rights can be withdrawn.
    const capture = await pilab.captures.get(id, request.signal);
    if (request.headers.get("if-none-match") === etag) {
      giveBack();
      return new Response(null, { status: 304, headers: { etag, "cache-control": FOR_EVER } });
    }
    const whole = !(thumbnail && capture.thumbnail_path !== null);
    const range = request.headers.get("range") ?? undefined;
    const opened = await pilab.captures.open(capture, {
      thumbnail: !whole,
      ...(whole && range !== undefined && { range }),
      signal: request.signal,
    });
    opened.body.once("close", giveBack);
    const headers = new Headers(opened.headers);
    headers.set("content-type", whole ? capture.content_type : "image/webp");
    headers.set("cache-control", FOR_EVER);
    headers.set("etag", etag);
    // A picture from a Pi is data, never a page: whatever it holds, nothing in it runs.
    headers.set("content-security-policy", "default-src 'none'; sandbox");
    if (new URL(request.url).searchParams.has("download")) {
      headers.set("content-disposition", attachment(capture.file_name));
    }
    return new Response(Readable.toWeb(opened.body) as ReadableStream, { status: opened.status, headers });
  } catch (error) {
    giveBack();
    if (request.signal.aborted) return new Response(null, { status: 499 });
    if (isPilabError(error) && error.code === "not_found") return missing();
    logger().warn({ err: error, id }, "a picture could not be read");
    const status = isPilabError(error) ? ERRORS[error.code].httpStatus : 500;
    return new Response("The picture could not be read", { status });
  }
}

/** 200 and not 404: an `img` shows it, and it is not kept, as the object may come back. */
function missing(): Response {
  return new Response(PLACEHOLDER, {
    headers: { "content-type": "image/svg+xml", "cache-control": "no-store", "x-pilab-missing": "1" },
  });
}
