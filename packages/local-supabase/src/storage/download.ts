import { type FileHandle, open } from "node:fs/promises";
import type { Writable } from "node:stream";
import { ReadableStream as NodeStream } from "node:stream/web";
import type { Context } from "hono";
import type { StorageContext, StorageEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import type { ObjectRow } from "./rows.ts";

const PIECE_BYTES = 64 * 1024;

/**
 * Answers with an object's content: whole, one range of it (206), or 304 where the client's copy is current.
 * `find` reads the row under whatever rights the route grants.
 */
export async function serveObject(
  c: Context<StorageEnv>,
  { files }: StorageContext,
  options: { find: () => Promise<ObjectRow>; expires?: Date },
): Promise<Response> {
  const { row, handle } = await openCurrent(files, options.find);
  // From here on the handle is ours to close, or the stream's.
  try {
    const { size } = await handle.stat();
    const headers = objectHeaders(row, { download: c.req.query("download"), expires: options.expires });
    if (isCurrent(c.req.raw.headers, row)) return await withoutBody(handle, { status: 304, headers });
    const range = rangeOf(c.req.raw.headers, row, size);
    const { start, end } = range ?? { start: 0, end: size - 1 };
    headers.set("content-length", String(end - start + 1));
    if (range) headers.set("content-range", `bytes ${start}-${end}/${size}`);
    const status = range ? 206 : 200;
    if (c.req.method === "HEAD" || size === 0) return await withoutBody(handle, { status, headers });
    const bytes = NodeStream.from(bytesOf(handle, { start, end, outgoing: c.env?.outgoing }));
    return new Response(bytes as ReadableStream, { status, headers });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * A file's bytes. It is closed at their end, and when the client goes away: an answer that nobody waits for any more is never
 * read. That is an end, too, and no fault: Hono would write a fault to the terminal.
 */
function bytesOf(
  handle: FileHandle,
  { start, end, outgoing }: { start: number; end: number; outgoing: Writable | undefined },
): AsyncGenerator<Uint8Array> {
  const isGone = () => outgoing?.destroyed === true;
  const close = () => void handle.close();
  if (isGone()) close();
  else outgoing?.once("close", close);

  async function* read() {
    try {
      for (let at = start; at <= end && !isGone(); ) {
        const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, end + 1 - at));
        const { bytesRead } = await handle.read(piece, 0, piece.length, at);
        if (bytesRead === 0) throw new Error("the object's file is shorter than it was");
        yield piece.subarray(0, bytesRead);
        at += bytesRead;
      }
    } finally {
      outgoing?.off("close", close);
      await handle.close();
    }
  }
  return read();
}

async function withoutBody(handle: FileHandle, init: ResponseInit): Promise<Response> {
  await handle.close();
  return new Response(null, init);
}

/** Reads a row and opens its file. An upsert in between removes the file: then the new row is read. */
async function openCurrent(files: StorageContext["files"], find: () => Promise<ObjectRow>) {
  let row = await find();
  for (;;) {
    try {
      return { row, handle: await open(files.path(row)) };
    } catch (error) {
      const again = await find();
      if (again.version === row.version) throw refuse.internal(error); // a row without its file
      row = again;
    }
  }
}

function objectHeaders(
  row: ObjectRow,
  options: { download: string | undefined; expires: Date | undefined },
): Headers {
  const { mimetype, eTag, lastModified, cacheControl } = row.metadata;
  const headers = new Headers({
    "accept-ranges": "bytes",
    // An uploaded page must not run in our origin.
    "content-type": mimetype.includes("text/html") ? "text/plain" : mimetype,
    etag: eTag,
    "last-modified": new Date(lastModified).toUTCString(),
    "x-robots-tag": "none",
  });
  if (options.expires) headers.set("expires", options.expires.toUTCString());
  else headers.set("cache-control", cacheControl);
  if (options.download !== undefined) headers.set("content-disposition", attachment(options.download));
  return headers;
}

function attachment(fileName: string): string {
  if (fileName === "") return "attachment;";
  const encoded = encodeURIComponent(fileName);
  return `attachment; filename=${encoded}; filename*=UTF-8''${encoded};`;
}

/** RFC 9110 §13: If-None-Match wins over If-Modified-Since. */
function isCurrent(request: Headers, row: ObjectRow): boolean {
  const tags = request.get("if-none-match");
  if (tags !== null)
    return tags
      .split(",")
      .some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === row.metadata.eTag);
  const since = Date.parse(request.get("if-modified-since") ?? "");
  return !Number.isNaN(since) && Math.floor(Date.parse(row.metadata.lastModified) / 1000) * 1000 <= since;
}

/**
 * The one range asked for. Several at once, another unit, or an If-Range of another version give the whole object.
 * @throws {StorageApiError} InvalidRange for one outside the object
 */
function rangeOf(request: Headers, row: ObjectRow, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.get("range") ?? "");
  const ifRange = request.get("if-range");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (ifRange !== null && ifRange !== row.metadata.eTag) return undefined;
  const [first, last] = [match[1] as string, match[2] as string];
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) throw refuse.invalidRange();
  return { start, end };
}
