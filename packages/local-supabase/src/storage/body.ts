import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { Busboy, type BusboyHeaders } from "@fastify/busboy";
import type { Context } from "hono";
import type { StorageEnv } from "./context.ts";
import { refuse } from "./errors.ts";

/** An upload as it comes in: what it says of itself, and its content, not yet read. */
export interface IncomingObject {
  mimetype: string;
  cacheControl: string;
  userMetadata: Record<string, unknown>;
  /** Bytes of the content, where the client said so: not in multipart, nor in a chunked body. */
  contentLength: number | undefined;
  content: AsyncIterable<Uint8Array>;
}

/** Reads the head of an upload: a raw body described by headers, or a form as supabase-js sends for a Blob. */
export async function readIncoming(c: Context<StorageEnv>): Promise<IncomingObject> {
  const body = requestBody(c);
  const contentType = c.req.header("content-type");
  if (contentType?.startsWith("multipart/form-data")) return readForm(body, contentType);
  const length = c.req.header("content-length");
  return {
    mimetype: contentType ?? "application/octet-stream",
    cacheControl: c.req.header("cache-control") ?? "no-cache",
    userMetadata: parseMetadata(Buffer.from(c.req.header("x-metadata") ?? "", "base64").toString()),
    contentLength: length === undefined ? undefined : Number(length),
    content: keepOpen(body),
  };
}

function requestBody(c: Context<StorageEnv>): Readable {
  if (c.env?.incoming) return c.env.incoming as IncomingMessage;
  return c.req.raw.body ? Readable.fromWeb(c.req.raw.body as never) : Readable.from([]);
}

/** A refusal stops reading half way; the socket must live on to carry the answer. */
function keepOpen(body: Readable): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () =>
      body.iterator({ destroyOnReturn: false }) as NodeJS.AsyncIterator<Uint8Array>,
  };
}

/** Fields count only where they come before the file, as with the real server. */
function readForm(body: Readable, contentType: string): Promise<IncomingObject> {
  const headers: BusboyHeaders = { "content-type": contentType };
  const fields: Record<string, string> = {};
  return new Promise((resolve, reject) => {
    const form = Busboy({ headers, limits: { files: 1 } });
    form.on("field", (name, value) => {
      fields[name] = value;
    });
    form.on("file", (_field, file, _name, _encoding, mimetype) => {
      // pipe() forwards no failure: a client that goes away must end the file with an error, not hang it.
      body.once("close", () => {
        if (!body.readableEnded) file.destroy(new Error("the request was cut off"));
      });
      file.once("close", () => body.unpipe(form));
      file.on("error", () => {}); // told to the reader, if there is one yet
      resolve({
        mimetype,
        cacheControl: fields.cacheControl ? `max-age=${fields.cacheControl}` : "no-cache",
        userMetadata: parseMetadata(fields.metadata ?? ""),
        contentLength: undefined,
        content: file,
      });
    });
    form.once("error", reject);
    form.once("finish", () => reject(refuse.invalidRequest("No file provided")));
    body.once("error", reject);
    body.pipe(form);
  });
}

/** What is no JSON object is dropped without a word, as on the real server. */
export function parseMetadata(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

// Above the limit of a standard upload: an honest client always gets its answer, an endless one is cut off.
const MAX_DRAIN_BYTES = 64 * 1024 * 1024;
const MAX_DRAIN_MS = 30_000;

/**
 * Reads and drops what is left of a refused upload, so that the client, which sends before it listens, gets the
 * answer, and the connection stays good.
 * @returns false when there was too much, and the connection must be closed
 */
export async function drain(incoming: IncomingMessage): Promise<boolean> {
  if (incoming.readableEnded || incoming.destroyed) return true;
  return new Promise((resolve) => {
    let dropped = 0;
    const stop = (drained: boolean): void => {
      clearTimeout(timer);
      incoming.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onEnd);
      resolve(drained);
    };
    const onEnd = (): void => stop(true);
    const onData = (chunk: Buffer): void => {
      dropped += chunk.length;
      if (dropped > MAX_DRAIN_BYTES) stop(false);
      else incoming.resume(); // another reader that gave up may have paused it
    };
    const timer = setTimeout(() => stop(false), MAX_DRAIN_MS);
    incoming.on("data", onData).once("end", onEnd).once("close", onEnd).once("error", onEnd);
    incoming.resume();
  });
}
