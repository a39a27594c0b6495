import { expect, test, vi } from "vitest";
import { failed, mapChunks } from "./map-chunks.ts";

const items = Array.from({ length: 7 }, (_, index) => index);
const options = { chunkSize: 3, chunkDelayMs: 0, failFastThreshold: 1 };
const echo = async (chunk: number[]) => chunk;

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

test("hands over full chunks in order, the last one shorter, with place and number", async () => {
  const fn = vi.fn(echo);
  const run = mapChunks(items, fn, { ...options, concurrency: 1 });
  const results = await collect(run);
  expect(fn.mock.calls.map(([chunk]) => chunk)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  expect(fn.mock.calls.map((call: unknown[]) => call[1])).toMatchObject([
    { index: 0, chunk: 0 },
    { index: 3, chunk: 1 },
    { index: 6, chunk: 2 },
  ]);
  expect(results.map((result) => result.ok && result.value)).toEqual(items);
  expect(run.summary()).toMatchObject({ status: "done", started: 7, ok: 7, chunks: 3 });
});

test("a chunk whose call rejects fails each of its items, and only those", async () => {
  const fn = async (chunk: number[]) => {
    if (chunk.includes(4)) throw new Error("batch refused");
    return chunk;
  };
  const results = await collect(mapChunks(items, fn, options));
  expect(results.filter(({ ok }) => !ok).map(({ item }) => item)).toEqual([3, 4, 5]);
});

test("failed() in a value's place fails that one item", async () => {
  const fn = async (chunk: number[]) => chunk.map((n) => (n === 4 ? failed(new Error("refused")) : n));
  const results = await collect(mapChunks(items, fn, options));
  expect(results.filter(({ ok }) => !ok)).toEqual([
    { index: 4, item: 4, ok: false, error: new Error("refused") },
  ]);
});

test("an answer with too few values fails its items instead of shifting them", async () => {
  const results = await collect(mapChunks([1, 2], async () => [1], options));
  expect(results).toMatchObject([
    { ok: false, error: { code: "internal", message: "chunking: fn gave 1 values for 2 items" } },
    { ok: false },
  ]);
});

test("reads no further ahead than chunk × concurrency while calls run and results wait", async () => {
  let read = 0;
  function* endless() {
    for (;;) yield read++;
  }
  const run = mapChunks(endless(), echo, { ...options, concurrency: 2, maxChunks: Number.POSITIVE_INFINITY });
  let taken = 0;
  for await (const _result of run) {
    taken += 1;
    await new Promise(setImmediate);
    expect(read - taken).toBeLessThanOrEqual(6);
    if (taken === 60) break;
  }
});
