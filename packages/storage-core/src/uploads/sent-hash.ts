import { createHash } from "node:crypto";
import { PilabError } from "@pilab/schema";
import type { Content } from "./content.ts";

/** A file on its way from disk, in one request or several. */
export interface SentHash {
  /** Bytes [start, end). @throws PilabError `file_changed` before the last piece of a file that is not what was hashed. */
  pieces(start: number, end: number): AsyncGenerator<Uint8Array>;
}

/** Hashes what is sent while it is sent; parts that an earlier run sent are read again from disk. */
export function createSentHash(content: Content): SentHash {
  const hash = createHash("sha256");
  let hashedTo = 0;

  function add(start: number, bytes: Uint8Array): void {
    const fresh = bytes.subarray(Math.max(0, hashedTo - start));
    hash.update(fresh);
    hashedTo += fresh.byteLength;
  }

  return {
    async *pieces(start: number, end: number): AsyncGenerator<Uint8Array> {
      for await (const piece of content.pieces(hashedTo, start)) add(hashedTo, piece);
      let at = start;
      for await (const piece of content.pieces(start, end)) {
        add(at, piece);
        at += piece.byteLength;
        // The last piece makes the object: it is held back unless all that went before it is what was hashed.
        if (at === content.sizeBytes) check();
        yield piece;
      }
    },
  };

  function check(): void {
    if (hash.copy().digest("hex") === content.sha256) return;
    throw new PilabError("file_changed", `${content.fileName} changed while it was sent`, {
      hint: "It is still being written: upload it when it is finished.",
    });
  }
}
