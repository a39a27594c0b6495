/** Enough for a write to be worth it, and little to hold. */
const CHUNK_LENGTH = 64 * 1024;

/** Rows of text as bytes, a good many rows at once. */
export async function* inChunks(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let chunk = "";
  for await (const row of text) {
    chunk += row;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield encoder.encode(chunk);
    chunk = "";
  }
  if (chunk !== "") yield encoder.encode(chunk);
}

/**
 * Bytes as the body of an answer. The next are made when the client took the ones before, making them stops when it goes, and
 * an error ends the connection instead of the file: what was cut must not look whole.
 */
export function streamBody(
  chunks: AsyncGenerator<Uint8Array>,
  { onEnd, onCancel }: { onEnd: (error?: unknown) => void; onCancel: () => void },
): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (!done) {
            controller.enqueue(value);
            return;
          }
          controller.close();
          onEnd();
        } catch (error) {
          controller.error(error);
          onEnd(error);
        }
      },
      async cancel() {
        onCancel();
        // What is on its way ends by the signal that onCancel gives.
        await chunks.return(undefined).catch(() => {});
        onEnd();
      },
    },
    { highWaterMark: 0 },
  );
}
