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
 * an error ends the connection instead of the file: what was cut must not look whole. `onEnd` is called once, however it ends.
 */
export function streamBody(
  chunks: AsyncGenerator<Uint8Array>,
  { onEnd, onCancel }: { onEnd: (error?: unknown) => void; onCancel: () => void },
): ReadableStream<Uint8Array> {
  let state: "open" | "cancelled" | "ended" = "open";
  const end = (error?: unknown) => {
    if (state === "ended") return;
    // Who went away is not told of what its going broke.
    const told = state === "cancelled" ? undefined : error;
    state = "ended";
    if (told === undefined) onEnd();
    else onEnd(told);
  };
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (state !== "open") return;
          if (!done) {
            controller.enqueue(value);
            return;
          }
          controller.close();
          end();
        } catch (error) {
          controller.error(error);
          end(error);
        }
      },
      async cancel() {
        state = "cancelled";
        onCancel();
        // What is on its way ends by the signal that onCancel gives.
        await chunks.return(undefined).catch(() => {});
        end();
      },
    },
    { highWaterMark: 0 },
  );
}
