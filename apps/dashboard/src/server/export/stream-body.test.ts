import { expect, test, vi } from "vitest";
import { inChunks, streamBody } from "./stream-body.ts";

function source({ failAt = Number.POSITIVE_INFINITY, rows = 1000 } = {}) {
  const seen = { given: 0, returned: false };
  async function* lines() {
    try {
      for (; seen.given < rows; seen.given += 1) {
        if (seen.given === failAt) throw new Error("away");
        yield `${"x".repeat(1023)}\n`;
      }
    } finally {
      seen.returned = true;
    }
  }
  return { seen, lines: lines() };
}

test("reads no further than what was taken, to a chunk", async () => {
  const { seen, lines } = source();
  const reader = streamBody(inChunks(lines), { onEnd: vi.fn(), onCancel: vi.fn() }).getReader();
  await reader.read();
  expect(seen.given).toBeLessThanOrEqual(65);
});

test("stops reading when the client goes", async () => {
  const { seen, lines } = source();
  const [onEnd, onCancel] = [vi.fn(), vi.fn()];
  const stream = streamBody(inChunks(lines), { onEnd, onCancel });
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  expect(seen.returned).toBe(true);
  expect(onCancel).toHaveBeenCalledOnce();
  expect(onEnd).toHaveBeenCalledExactlyOnceWith();
});

test("an error on the way breaks the stream and does not end it", async () => {
  const onEnd = vi.fn();
  const { lines } = source({ failAt: 200 });
  const reading = new Response(streamBody(inChunks(lines), { onEnd, onCancel: vi.fn() })).text();
  await expect(reading).rejects.toThrow("away");
  expect(onEnd).toHaveBeenCalledExactlyOnceWith(new Error("away"));
});

test("a client that goes while the next bytes are made ends it once, and is not told of the error that made", async () => {
  const gone = new AbortController();
  async function* never(): AsyncGenerator<Uint8Array> {
    await new Promise((_, reject) => gone.signal.addEventListener("abort", () => reject(gone.signal.reason)));
    yield new Uint8Array();
  }
  const onEnd = vi.fn();
  const reader = streamBody(never(), { onEnd, onCancel: () => gone.abort() }).getReader();
  const pulled = reader.read();
  await reader.cancel();
  await pulled;
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalled());
  expect(onEnd).toHaveBeenCalledExactlyOnceWith();
});
