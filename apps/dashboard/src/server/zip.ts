import "server-only";
import { Readable } from "node:stream";
import { isPilabError } from "@pilab/schema";
import { makeZip } from "client-zip";
import { borrowClient } from "./clients.ts";
import { streamBody } from "./export/stream-body.ts";
import { logger } from "./logger.ts";
import { shutdown } from "./shutdown.ts";

/**
 * Captures as a ZIP, each under its object path: one picture after the other is read as the one before was sent, so that a
 * thousand need no more memory than one. Those whose object is gone are named in MISSING.txt at the end; any other error
 * breaks the stream, so that a file that is not whole never looks so.
 */
export function zipOf(
  accessToken: string,
  ids: readonly string[],
  asked: AbortSignal,
): ReadableStream<Uint8Array> {
  const { pilab, giveBack } = borrowClient(accessToken);
  const gone = new AbortController();
  const signal = AbortSignal.any([asked, gone.signal, shutdown().signal]);
  const missing: string[] = [];

  async function* files() {
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
        if (!isPilabError(error) || error.code !== "not_found") throw error;
        logger().warn({ err: error, id }, "a picture is left out of a ZIP");
        missing.push(`${id}: ${error.message}`);
      }
    }
    if (missing.length > 0) yield { name: "MISSING.txt", input: `${missing.join("\n")}\n` };
  }
  return streamBody(bytesOf(makeZip(files())), {
    onCancel: () => gone.abort(),
    onEnd(error) {
      giveBack();
      if (error !== undefined && !signal.aborted) logger().warn({ err: error }, "a ZIP was cut");
    },
  });
}

async function* bytesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* stream;
}
