import "server-only";
import { Readable } from "node:stream";
import { makeZip } from "client-zip";
import { borrowClient } from "./clients.ts";
import { logger } from "./logger.ts";

/**
 * Captures as a ZIP, each under its object path: one picture after the other is read as the one before was sent, so that a
 * thousand need no more memory than one. What cannot be read is named in MISSING.txt at the end instead of breaking the rest.
 */
export function zipOf(
  accessToken: string,
  ids: readonly string[],
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const { pilab, giveBack } = borrowClient(accessToken);
  const missing: string[] = [];

  async function* files() {
    try {
      for (const id of ids) {
        signal.throwIfAborted();
        try {
          const capture = await pilab.captures.get(id, signal);
          const { body } = await pilab.captures.open(capture, { signal });
          yield {
            name: capture.object_path,
            lastModified: new Date(capture.captured_at),
            input: Readable.toWeb(body) as ReadableStream<Uint8Array>,
            size: capture.size_bytes,
          };
        } catch (error) {
          if (signal.aborted) throw error;
          logger().warn({ err: error, id }, "a picture is left out of a ZIP");
          missing.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      if (missing.length > 0) yield { name: "MISSING.txt", input: `${missing.join("\n")}\n` };
    } finally {
      giveBack();
    }
  }
  return makeZip(files());
}
