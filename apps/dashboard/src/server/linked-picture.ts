import "server-only";
import { env } from "../env.ts";
import { objectPathOf } from "../lib/link-path.ts";
import { attachment } from "./attachment.ts";
import { logger } from "./logger.ts";
import { shutdown } from "./shutdown.ts";

/** What a browser shows and never runs. Anything else is saved. */
const SHOWN = new Set([
  "image/jpeg",
  "image/png",
  "image/webp",
  "image/gif",
  "image/avif",
  "video/mp4",
  "video/webm",
]);
const PASSED_ON = ["content-length", "content-range", "accept-ranges", "etag", "last-modified"];
const ASKED = ["range", "if-none-match", "if-range"];
const ANSWER_WITHIN_MS = 15_000;
/** Of a JSON Web Token. */
const TOKEN = /^[\w-]{1,4000}\.[\w-]{1,4000}\.[\w-]{1,1000}$/;

/**
 * A capture for who has a link to it and no account. Supabase signed the link and says whether it is good; nobody's rights
 * are used here. The dashboard stands between, because its Supabase may be one that only it reaches.
 */
export async function linkedPicture(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [path, token] = [objectPathOf(pathname), searchParams.get("token") ?? ""];
  if (path === undefined || !TOKEN.test(token)) return told(400, "This link is not whole. Copy all of it.");
  const { supabase, storage } = env();
  const target = [storage.bucket, ...path.split("/")].map(encodeURIComponent).join("/");
  const gone = new AbortController();
  const late = setTimeout(() => gone.abort(), ANSWER_WITHIN_MS);
  try {
    const answer = await fetch(
      `${supabase.url.replace(/\/$/, "")}/storage/v1/object/sign/${target}?token=${token}`,
      {
        headers: { "accept-encoding": "identity", ...picked(request.headers, ASKED) },
        redirect: "error",
        signal: AbortSignal.any([request.signal, shutdown().signal, gone.signal]),
      },
    );
    clearTimeout(late);
    if (request.method === "HEAD" || ![200, 206, 304].includes(answer.status)) await answer.body?.cancel();
    if (answer.status >= 500) return told(502, "The picture could not be read. Try again.");
    if (answer.status === 416) return told(416, "There is no such part of it.");
    if (answer.status >= 400)
      return told(404, "This link has run out, or its picture is gone. Ask for a new one.");
    return new Response(request.method === "HEAD" || answer.status === 304 ? null : answer.body, {
      status: answer.status,
      headers: headersOf(answer, path),
    });
  } catch (error) {
    clearTimeout(late);
    if (request.signal.aborted) return new Response(null, { status: 499 });
    logger().warn({ err: error }, "a linked picture could not be read");
    return told(502, "The picture could not be read. Try again.");
  }
}

function headersOf(answer: Response, path: string): Headers {
  const headers = new Headers(picked(answer.headers, PASSED_ON));
  const type = answer.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  headers.set("content-type", SHOWN.has(type) ? type : "application/octet-stream");
  if (!SHOWN.has(type)) headers.set("content-disposition", attachment(path.slice(path.lastIndexOf("/") + 1)));
  // Not longer than the link is good, give or take.
  headers.set("cache-control", "private, max-age=300");
  return headers;
}

function picked(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function told(status: number, words: string): Response {
  return new Response(words, { status, headers: { "cache-control": "no-store" } });
}
