/** Enough for a write to be worth it, and little to hold. */
const CHUNK_LENGTH = 64 * 1024;

/**
 * Text as the body of an answer. The next rows are read when the client took the ones before, reading stops when it goes, and
 * an error ends the connection instead of the file: what was cut must not look whole.
 */
export function streamText(
  text: AsyncIterator<string>,
  { onEnd, onCancel }: { onEnd: (error?: unknown) => void; onCancel: () => void },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          let chunk = "";
          while (chunk.length < CHUNK_LENGTH) {
            const next = await text.next();
            if (next.done) {
              if (chunk !== "") controller.enqueue(encoder.encode(chunk));
              controller.close();
              onEnd();
              return;
            }
            chunk += next.value;
          }
          controller.enqueue(encoder.encode(chunk));
        } catch (error) {
          controller.error(error);
          onEnd(error);
        }
      },
      async cancel() {
        onCancel();
        await text.return?.();
        onEnd();
      },
    },
    { highWaterMark: 0 },
  );
}
