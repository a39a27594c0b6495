import { open } from "node:fs/promises";

/** Random access to one file's bytes; a file on disk is never held whole. */
export interface ByteSource {
  /** Names the file in messages. */
  readonly name: string;
  readonly size: number;
  /** The bytes from `offset`: fewer than `length` only where the file ends. Valid until the next read. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** What a picture is inspected from: bytes already in memory, or a path with the size it had when it was listed. */
export type PictureInput = { bytes: Uint8Array } | { path: string; sizeBytes: number };

const WINDOW_BYTES = 256 * 1024;

/** Opens the input; the caller closes it. */
export async function openByteSource(input: PictureInput, name: string): Promise<ByteSource> {
  return "bytes" in input ? fromBytes(input.bytes, name) : await fromFile(input.path, input.sizeBytes, name);
}

function fromBytes(bytes: Uint8Array, name: string): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    name,
    size: buffer.length,
    read: async (offset, length) => buffer.subarray(offset, offset + length),
    close: async () => {},
  };
}

async function fromFile(path: string, size: number, name: string): Promise<ByteSource> {
  const file = await open(path);
  // One for all reads: a new one for each would have the garbage collector run all the time.
  let memory = Buffer.alloc(0);
  const window = { start: 0, bytes: memory };
  return {
    name,
    size,
    async read(offset, length) {
      const end = Math.min(offset + length, size);
      if (offset < window.start || end > window.start + window.bytes.length) {
        const wanted = Math.min(Math.max(length, WINDOW_BYTES), Math.max(0, size - offset));
        if (memory.length < wanted) memory = Buffer.allocUnsafeSlow(wanted);
        const { bytesRead } = await file.read(memory, 0, wanted, offset);
        window.start = offset;
        window.bytes = memory.subarray(0, bytesRead);
      }
      return window.bytes.subarray(offset - window.start, Math.max(offset, end) - window.start);
    },
    close: () => file.close(),
  };
}
