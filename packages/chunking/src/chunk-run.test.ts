import { getEventListeners } from "node:events";
import { PilabError } from "@pilab/schema";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { mapItems } from "./index.ts";
import type { ChunkOptions } from "./options.ts";

const fast: ChunkOptions = { chunkDelayMs: 0 };
const double = (n: number) => n * 2;

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** Endless, and counts what was read of it and whether it was closed. */
function endless() {
  const seen = { read: 0, closed: false };
  async function* generate() {
    try {
      for (;;) yield seen.read++;
    } finally {
      seen.closed = true;
    }
  }
  return { seen, items: generate() };
}

/** 0, 1, 2… */
function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** A call that settles only when told to. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe("results", () => {
  test("come for every item of any iterable, each with its place, and the run is done", async () => {
    async function* source() {
      yield* ["a", "b", "c"];
    }
    for (const items of [["a", "b", "c"], new Set(["a", "b", "c"]), source()]) {
      const run = mapItems(items, (item, { index }) => `${index}${item}`, fast);
      const results = await collect(run);
      expect(results.sort((a, b) => a.index - b.index)).toEqual([
        { index: 0, item: "a", ok: true, value: "0a" },
        { index: 1, item: "b", ok: true, value: "1b" },
        { index: 2, item: "c", ok: true, value: "2c" },
      ]);
      expect(run.summary()).toEqual({
        status: "done",
        started: 3,
        ok: 3,
        failed: 0,
        chunks: 1,
        rest: 0,
        restExact: true,
      });
    }
  });

  test("come in the order of completion: a slow item holds up neither its chunk nor the next", async () => {
    const { opened, open } = gate();
    const run = mapItems(range(6), async (n) => (n === 0 ? await opened : n), {
      ...fast,
      chunkSize: 2,
      concurrency: 2,
    });
    const order: number[] = [];
    for await (const { index } of run) {
      order.push(index);
      if (order.length === 3) open();
    }
    expect(order.slice(0, 3)).toEqual([1, 2, 3]);
    expect(order).toContain(0);
  });

  test("an item whose fn throws or rejects fails alone", async () => {
    const fn = (n: number) => {
      if (n === 1) throw new Error("thrown");
      return n === 2 ? Promise.reject(new Error("rejected")) : Promise.resolve(n);
    };
    const run = mapItems(range(4), fn, { ...fast, failFastThreshold: 1 });
    const failures = (await collect(run)).filter((result) => !result.ok);
    expect(failures.map(({ index, error }) => [index, (error as Error).message])).toEqual([
      [1, "thrown"],
      [2, "rejected"],
    ]);
    expect(run.summary()).toMatchObject({ status: "partly_done", ok: 2, failed: 2 });
  });

  test("an empty input is done", async () => {
    await expect(mapItems([], double, fast).drain()).resolves.toMatchObject({
      status: "done",
      started: 0,
      chunks: 0,
    });
  });

  test("nothing is read before the run is, and it is read once", async () => {
    const { seen, items } = endless();
    const run = mapItems(items, double, { ...fast, maxChunks: 1, maxRestCount: 0 });
    expect(seen.read).toBe(0);
    await run.drain();
    await expect(run.drain()).rejects.toThrow("chunking: a run can be read only once");
  });

  test("every item is started once and counted once, whatever the sizes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 6 }),
        async (length, chunkSize, concurrency, maxChunks) => {
          const run = mapItems(range(length), double, { ...fast, chunkSize, concurrency, maxChunks });
          const indexes = (await collect(run)).map(({ index }) => index).sort((a, b) => a - b);
          const processed = Math.min(length, chunkSize * maxChunks);
          expect(indexes).toEqual(range(processed));
          expect(run.summary()).toEqual({
            status: processed === length ? "done" : "partly_done",
            started: processed,
            ok: processed,
            failed: 0,
            chunks: Math.ceil(processed / chunkSize),
            rest: length - processed,
            restExact: true,
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("memory", () => {
  test("never more than `concurrency` calls run at once", async () => {
    let running = 0;
    let most = 0;
    const fn = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
    };
    await mapItems(range(50), fn, { ...fast, concurrency: 3 }).drain();
    expect(most).toBe(3);
  });

  test("an endless input is never read further ahead of its reader than chunk × concurrency", async () => {
    const { seen, items } = endless();
    const run = mapItems(items, double, {
      ...fast,
      chunkSize: 5,
      concurrency: 3,
      maxChunks: Number.POSITIVE_INFINITY,
    });
    let taken = 0;
    let furthest = 0;
    for await (const _result of run) {
      taken += 1;
      // Lets whatever would read ahead do so.
      await new Promise(setImmediate);
      furthest = Math.max(furthest, seen.read - taken);
      if (taken === 200) break;
    }
    expect(furthest).toBe(15);
  });

  test("a slow reader does not stop calls while there is room", async () => {
    const fn = vi.fn(double);
    const results = mapItems(range(100), fn, { ...fast, chunkSize: 5, concurrency: 2 })[
      Symbol.asyncIterator
    ]();
    await results.next();
    await vi.waitFor(() => expect(fn).toHaveBeenCalledTimes(11));
    await results.return(undefined);
  });
});

describe("maxChunks", () => {
  test("ends the run as partly done; the rest is counted and never processed", async () => {
    const fn = vi.fn(double);
    const summary = await mapItems(range(5000), fn, { ...fast, chunkSize: 10, maxChunks: 3 }).drain();
    expect(summary).toMatchObject({ status: "partly_done", ok: 30, chunks: 3, rest: 4970, restExact: true });
    expect(fn).toHaveBeenCalledTimes(30);
  });

  test("reached exactly by the input is done", async () => {
    const summary = await mapItems(range(30), double, { ...fast, chunkSize: 10, maxChunks: 3 }).drain();
    expect(summary).toMatchObject({ status: "done", rest: 0 });
  });

  test("counts an endless input no further than maxRestCount, says so, and closes it", async () => {
    const { seen, items } = endless();
    const run = mapItems(items, double, { ...fast, chunkSize: 2, maxChunks: 1, maxRestCount: 3000 });
    await expect(run.drain()).resolves.toMatchObject({ status: "partly_done", rest: 3000, restExact: false });
    expect(seen).toEqual({ read: 3002, closed: true });
  });

  test("counting a synchronous endless input can be stopped by the signal", async () => {
    const controller = new AbortController();
    function* forever() {
      for (;;) yield 0;
    }
    setImmediate(() => controller.abort());
    const limits = { chunkSize: 1, maxChunks: 1, maxRestCount: Number.POSITIVE_INFINITY };
    const run = mapItems(forever(), double, { ...fast, ...limits, signal: controller.signal });
    await expect(run.drain()).resolves.toMatchObject({ status: "aborted", ok: 1, restExact: false });
  });
});

describe("chunkDelayMs", () => {
  function clock() {
    const starts: number[] = [];
    let time = 0;
    const sleep = async (ms: number) => {
      time += ms;
    };
    return {
      starts,
      options: { now: () => time, sleep },
      pass: (ms: number) => (time += ms),
      mark: () => starts.push(time),
    };
  }

  test("spaces the starts of chunks, not those of items", async () => {
    const { starts, options, mark } = clock();
    await mapItems(range(7), mark, { ...options, chunkSize: 3, concurrency: 1, chunkDelayMs: 100 }).drain();
    expect(starts).toEqual([0, 0, 0, 100, 100, 100, 200]);
  });

  test("a chunk that took longer than the delay is followed at once", async () => {
    const { starts, options, mark, pass } = clock();
    const fn = () => {
      mark();
      pass(80);
    };
    await mapItems(range(4), fn, { ...options, chunkSize: 2, concurrency: 1, chunkDelayMs: 100 }).drain();
    expect(starts).toEqual([0, 80, 160, 240]);
  });
});

describe("failFastThreshold", () => {
  const failFrom = (first: number) => async (n: number) => {
    if (n >= first) throw new Error(`item ${n}`);
  };
  const options = { ...fast, chunkSize: 10, concurrency: 1 };

  test("stops when more than that share failed, and closes the input", async () => {
    const { seen, items } = endless();
    const summary = await mapItems(items, failFrom(18), { ...options, failFastThreshold: 0.1 }).drain();
    // 2 of 20 are exactly 10 %; the third failure is too much.
    expect(summary).toMatchObject({ status: "failed_fast", ok: 18, failed: 3 });
    expect(seen.closed).toBe(true);
  });

  test("is not judged before chunkSize items are through", async () => {
    const summary = await mapItems(range(100), failFrom(0), { ...options, failFastThreshold: 0.5 }).drain();
    expect(summary).toMatchObject({ status: "failed_fast", failed: 10 });
    await expect(mapItems(range(9), failFrom(0), options).drain()).resolves.toMatchObject({
      status: "partly_done",
      failed: 9,
    });
  });

  test("0 stops at the first failure after the first chunk; 1 never stops", async () => {
    await expect(
      mapItems(range(50), failFrom(20), { ...options, failFastThreshold: 0 }).drain(),
    ).resolves.toMatchObject({
      status: "failed_fast",
      failed: 1,
    });
    await expect(
      mapItems(range(50), failFrom(0), { ...options, failFastThreshold: 1 }).drain(),
    ).resolves.toMatchObject({
      status: "partly_done",
      failed: 50,
    });
  });

  test("calls that run when it strikes still end and are reported", async () => {
    const { opened, open } = gate();
    const fn = async (n: number) => {
      if (n === 0) return await opened;
      throw new Error("x");
    };
    const run = mapItems(range(20), fn, { ...fast, chunkSize: 2, concurrency: 2 });
    const indexes: number[] = [];
    for await (const { index } of run) {
      indexes.push(index);
      if (index === 2) open();
    }
    expect(indexes).toEqual([1, 2, 0]);
    expect(run.summary()).toMatchObject({ status: "failed_fast", ok: 1, failed: 2 });
  });
});

describe("stopping", () => {
  test("the signal stops: nothing new starts, running calls see it, the input is closed, the summary says aborted", async () => {
    const { seen, items } = endless();
    const controller = new AbortController();
    const fn = (n: number, { signal }: { signal: AbortSignal }) => {
      if (n === 3) controller.abort(new Error("Ctrl-C"));
      return n < 3 ? n : Promise.reject(signal.reason);
    };
    const run = mapItems(items, fn, { ...fast, concurrency: 1, signal: controller.signal });
    const results = await collect(run);
    expect(results.at(-1)).toMatchObject({ index: 3, ok: false, error: new Error("Ctrl-C") });
    expect(run.summary()).toMatchObject({ status: "aborted", started: 4, ok: 3, failed: 1 });
    expect(seen.closed).toBe(true);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("a signal that was aborted before starts nothing", async () => {
    const fn = vi.fn(double);
    const summary = await mapItems([1, 2], fn, { ...fast, signal: AbortSignal.abort() }).drain();
    expect(summary).toMatchObject({ status: "aborted", started: 0 });
    expect(fn).not.toHaveBeenCalled();
  });

  test("the signal stops a wait for an input that never answers", async () => {
    const controller = new AbortController();
    async function* silent() {
      yield 1;
      controller.abort();
      await new Promise(() => {});
    }
    const summary = await mapItems(silent(), double, { ...fast, signal: controller.signal }).drain();
    expect(summary).toMatchObject({ status: "aborted", ok: 1 });
  });

  test("the signal stops the wait between chunks", async () => {
    const controller = new AbortController();
    const options = {
      chunkSize: 1,
      chunkDelayMs: 60_000,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    };
    await expect(mapItems(range(3), double, options).drain()).resolves.toMatchObject({
      status: "aborted",
      ok: 1,
    });
  });

  test("a reader that leaves aborts running calls, waits for them and closes the input", async () => {
    const { seen, items } = endless();
    let running = 0;
    const fn = (n: number, { signal }: { signal: AbortSignal }) => {
      if (n === 0) return n;
      running += 1;
      return new Promise<number>((_, reject) => {
        signal.addEventListener("abort", () => {
          running -= 1;
          reject(signal.reason);
        });
      });
    };
    const run = mapItems(items, fn, fast);
    for await (const _result of run) break;
    expect(running).toBe(0);
    expect(seen.closed).toBe(true);
    expect(run.summary().status).toBe("aborted");
  });
});

describe("what throws outside fn", () => {
  test("an input's error is thrown after the results of what was started", async () => {
    async function* broken() {
      yield* [1, 2];
      throw new PilabError("file_unreadable", "folder is gone");
    }
    const run = mapItems(broken(), double, fast);
    const values: number[] = [];
    const reading = (async () => {
      for await (const result of run) if (result.ok) values.push(result.value);
    })();
    await expect(reading).rejects.toMatchObject({ code: "file_unreadable" });
    expect(values).toEqual([2, 4]);
    expect(run.summary()).toMatchObject({ status: "broken", ok: 2 });
  });

  test("an error of onProgress ends the run", async () => {
    const onProgress = () => {
      throw new Error("broken bar");
    };
    const { seen, items } = endless();
    await expect(mapItems(items, double, { ...fast, onProgress }).drain()).rejects.toThrow("broken bar");
    expect(seen.closed).toBe(true);
  });
});

test("onProgress tells the counts after each item", async () => {
  const seen: Array<[number, number]> = [];
  const fn = (n: number) => (n === 1 ? Promise.reject(new Error("x")) : n);
  const onProgress = ({ ok, failed }: { ok: number; failed: number }) => seen.push([ok, failed]);
  await mapItems(range(3), fn, { ...fast, concurrency: 1, onProgress }).drain();
  expect(seen).toEqual([
    [1, 0],
    [1, 1],
    [2, 1],
  ]);
});

test.each<[ChunkOptions, string]>([
  [{ chunkSize: 0 }, "chunking: chunkSize is 0, it must be a whole number from 1"],
  [{ chunkSize: 1.5 }, "chunking: chunkSize is 1.5, it must be a whole number from 1"],
  [{ maxChunks: 0 }, "chunking: maxChunks is 0, it must be a number from 1"],
  [{ chunkDelayMs: -1 }, "chunking: chunkDelayMs is -1, it must be milliseconds from 0"],
  [{ concurrency: 0 }, "chunking: concurrency is 0, it must be a whole number from 1"],
  [{ failFastThreshold: 10 }, "chunking: failFastThreshold is 10, it must be a share from 0 to 1"],
  [{ maxRestCount: Number.NaN }, "chunking: maxRestCount is NaN, it must be a number from 0"],
])("refuses %o at once, naming option and value", (options, message) => {
  expect(() => mapItems([], double, options)).toThrow(
    expect.objectContaining({ code: "invalid_input", message }),
  );
});
