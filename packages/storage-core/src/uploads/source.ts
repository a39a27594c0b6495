import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PilabError } from "@pilab/schema";
import {
  bytesContent,
  type Content,
  type ReadOptions,
  readFileContent,
  STANDARD_UPLOAD_MAX_BYTES,
} from "./content.ts";

/** A path, bytes, or a stream of bytes. */
export type UploadSource = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

/** Content, and what to tidy up when it is no longer needed. */
export interface OpenedSource {
  readonly content: Content;
  close(): Promise<void>;
}

/** Reads a source of any kind. A stream larger than a standard upload goes through a file in the temporary folder. */
export async function openSource(source: UploadSource, options: ReadOptions): Promise<OpenedSource> {
  if (typeof source === "string") {
    return { content: await readFileContent(source, options), close: async () => {} };
  }
  const fileName = options.fileName ?? `capture-${randomUUID().slice(0, 8)}`;
  if (source instanceof Uint8Array) {
    const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    return { content: bytesContent(bytes, fileName, options.maxBytes), close: async () => {} };
  }
  await options.takeMemory(STANDARD_UPLOAD_MAX_BYTES);
  return await openStream(source, { ...options, fileName });
}

async function openStream(
  source: AsyncIterable<Uint8Array>,
  { fileName, ...options }: ReadOptions & { fileName: string },
): Promise<OpenedSource> {
  const chunks: Uint8Array[] = [];
  let held = 0;
  const rest = source[Symbol.asyncIterator]();
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    chunks.push(next.value);
    held += next.value.byteLength;
    if (held > STANDARD_UPLOAD_MAX_BYTES) return await spill(chunks, rest, { ...options, fileName });
  }
  return { content: bytesContent(Buffer.concat(chunks), fileName, options.maxBytes), close: async () => {} };
}

async function spill(
  chunks: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  { fileName, maxBytes, signal }: ReadOptions & { fileName: string },
): Promise<OpenedSource> {
  const folder = await mkdtemp(join(tmpdir(), "pilab-stream-"));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "spilled");
    const bytes = Readable.from(bounded(chunks, rest, { fileName, maxBytes }));
    await pipeline(bytes, createWriteStream(path, { mode: 0o600 }), { signal });
    // Its memory was taken when the stream began.
    const takeMemory = async () => {};
    return { content: await readFileContent(path, { fileName, maxBytes, signal, takeMemory }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The chunks taken so far, then the rest of the stream, but never more than the limit on the disk. */
async function* bounded(
  chunks: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  { fileName, maxBytes }: { fileName: string; maxBytes: number },
): AsyncGenerator<Uint8Array> {
  let total = 0;
  const count = (chunk: Uint8Array): Uint8Array => {
    total += chunk.byteLength;
    if (total > maxBytes) {
      throw new PilabError(
        "too_large",
        `${fileName} has more than the ${maxBytes} bytes that MAX_FILE_SIZE allows`,
      );
    }
    return chunk;
  };
  try {
    for (const chunk of chunks.splice(0)) yield count(chunk);
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield count(next.value);
  } finally {
    await rest.return?.(); // a stream that is not read to its end is closed
  }
}
