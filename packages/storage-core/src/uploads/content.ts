import { createHash, hash } from "node:crypto";
import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { PilabError } from "@pilab/schema";

/** Up to this size a file goes in one request; above, by TUS in chunks of it. */
export const STANDARD_UPLOAD_MAX_BYTES = 6 * 1024 * 1024;

/** Files are read and sent in pieces of this size: held whole, dozens would gather before V8 next collects. */
const PIECE_BYTES = 128 * 1024;
/** What a large file counts for until it is sent: a piece, and what was made of its picture. */
const READ_AHEAD_BYTES = 256 * 1024;

/** A file's bytes, hashed once, as they were at one moment. */
export interface Content {
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly md5: string;
  /** Null for bytes that came without a file. */
  readonly mtimeMs: number | null;
  /** Bytes that came without a file. */
  readonly bytes: Buffer | null;
  /** The file, for readers that go to the disk themselves; null for bytes that came without one. */
  readonly path: string | null;
  /** Bytes [start, end), from memory or disk. Throws `file_changed` when the file is not the one that was hashed. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** The same, in pieces that are not held: each lies in the memory of the one before. */
  pieces(start: number, end: number): AsyncGenerator<Uint8Array>;
}

/** What {@link readFileContent} needs to know. */
export interface ReadOptions {
  readonly fileName?: string | undefined;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Waits until so many bytes of memory may be used. */
  readonly takeMemory: (bytes: number) => Promise<unknown>;
}

/** Bytes that are in memory already. */
export function bytesContent(bytes: Buffer, fileName: string, maxBytes: number): Content {
  checkSize(fileName, bytes.byteLength, maxBytes);
  return {
    fileName,
    sizeBytes: bytes.byteLength,
    sha256: hash("sha256", bytes),
    md5: hash("md5", bytes),
    mtimeMs: null,
    bytes,
    path: null,
    read: async (start, end) => bytes.subarray(start, end),
    async *pieces(start, end) {
      yield bytes.subarray(start, end);
    },
  };
}

/**
 * Reads a file from disk once, for both hashes; its bytes are not kept. Size, time of change and inode are compared before
 * and after, and again while it is sent, so that a file still being written is refused (`file_changed`) and never sent as a
 * mixture of two states.
 */
export async function readFileContent(path: string, options: ReadOptions): Promise<Content> {
  const fileName = options.fileName ?? basename(path);
  const file = await openToRead(path).catch((cause: Error) => {
    throw unreadable(fileName, cause.message, cause);
  });
  try {
    const before = await identify(file);
    if (!before.isFile) throw unreadable(fileName, "it is no file");
    checkSize(fileName, before.sizeBytes, options.maxBytes);
    await options.takeMemory(Math.min(before.sizeBytes, READ_AHEAD_BYTES));
    const hashed = await hashStreaming(file, before.sizeBytes, options.signal);
    // By its name, which may mean a new file by now: a camera that replaces its frames by renaming.
    const after = await stat(path, { bigint: true }).then(stateOf, () => undefined);
    if (!hashed || !after || !sameState(before, after)) throw changed(fileName);
    return {
      fileName,
      sizeBytes: before.sizeBytes,
      ...hashed,
      mtimeMs: Number(before.mtimeNs / 1_000_000n),
      bytes: null,
      path,
      read: (start, end) => readUnchanged(path, fileName, before, { start, end }),
      pieces: (start, end) => piecesUnchanged(path, fileName, before, { start, end }),
    };
  } finally {
    await file.close();
  }
}

/** Non-blocking: opening a named pipe that nobody writes to would wait for ever. */
function openToRead(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
}

function unreadable(fileName: string, why: string, cause?: Error): PilabError {
  return new PilabError("file_unreadable", `${fileName} cannot be read: ${why}`, { cause });
}

/** What makes a file the same file in the same state. */
interface FileState {
  readonly isFile: boolean;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
}

async function identify(file: FileHandle): Promise<FileState> {
  return stateOf(await file.stat({ bigint: true }));
}

function stateOf(stats: BigIntStats): FileState {
  const { size, mtimeNs, ino } = stats;
  return { isFile: stats.isFile(), sizeBytes: Number(size), mtimeNs, inode: ino };
}

function sameState(a: FileState, b: FileState): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.inode === b.inode;
}

function checkSize(fileName: string, sizeBytes: number, maxBytes: number): void {
  if (sizeBytes === 0) throw new PilabError("file_empty", `${fileName} is empty`);
  if (sizeBytes <= maxBytes) return;
  throw new PilabError("too_large", `${fileName} has ${sizeBytes} bytes, MAX_FILE_SIZE allows ${maxBytes}`, {
    hint: "Raise MAX_FILE_SIZE and the bucket's own limit; the file waits where it is.",
    details: { sizeBytes, maxBytes },
  });
}

function changed(fileName: string): PilabError {
  return new PilabError("file_changed", `${fileName} changed while it was read`, {
    hint: "It is still being written: upload it when it is finished.",
  });
}

/** Undefined when the file ended before its size. */
type Hashed = Pick<Content, "sha256" | "md5"> | undefined;

async function hashStreaming(file: FileHandle, sizeBytes: number, signal?: AbortSignal): Promise<Hashed> {
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, sizeBytes));
  let at = 0;
  while (at < sizeBytes) {
    signal?.throwIfAborted();
    const got = await fill(file, buffer.subarray(0, Math.min(buffer.length, sizeBytes - at)), at);
    if (got === 0) return undefined;
    sha256.update(buffer.subarray(0, got));
    md5.update(buffer.subarray(0, got));
    at += got;
  }
  return { sha256: sha256.digest("hex"), md5: md5.digest("hex") };
}

/** Reads until the buffer is full or the file ends. */
async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

async function readUnchanged(
  path: string,
  fileName: string,
  expected: FileState,
  { start, end }: { start: number; end: number },
): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafeSlow(end - start);
  let at = 0;
  for await (const piece of piecesUnchanged(path, fileName, expected, { start, end })) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

/** A piece is given away when it is known to be of the file that was hashed. */
async function* piecesUnchanged(
  path: string,
  fileName: string,
  expected: FileState,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  if (start >= end) return;
  const file = await openToRead(path).catch(() => {
    throw changed(fileName);
  });
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, end - start));
    for (let at = start; at < end; at += buffer.length) {
      const piece = buffer.subarray(0, end - at);
      const got = await fill(file, piece, at);
      if (got < piece.length || !sameState(expected, await identify(file))) throw changed(fileName);
      yield piece;
    }
  } finally {
    await file.close();
  }
}
