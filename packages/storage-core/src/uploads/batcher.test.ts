import { describe, expect, test, vi } from "vitest";
import { createBatcher } from "./batcher.ts";

function record(lingerMs: number, maxItems = 3) {
  const batches: number[][] = [];
  const batcher = createBatcher<number, number>({
    maxItems,
    lingerMs,
    run: async (items) => {
      batches.push(items);
      if (items.includes(13)) throw new Error("unlucky");
      return items.map((item) => item * 10);
    },
  });
  return { batches, batcher };
}

describe("createBatcher", () => {
  test("gives each item its own answer, from one call for all that came together", async () => {
    const { batches, batcher } = record(60_000);
    const answers = Promise.all([batcher.add(1), batcher.add(2)]);
    batcher.flush();
    expect(await answers).toEqual([10, 20]);
    expect(batches).toEqual([[1, 2]]);
  });

  test("sends a full batch at once, and never a larger one", async () => {
    const { batches, batcher } = record(60_000);
    const answers = Promise.all([1, 2, 3, 4].map((item) => batcher.add(item)));
    batcher.flush();
    expect(await answers).toEqual([10, 20, 30, 40]);
    expect(batches).toEqual([[1, 2, 3], [4]]);
  });

  test("sends what has gathered when the first item has waited long enough", async () => {
    vi.useFakeTimers();
    try {
      const { batches, batcher } = record(100);
      const first = batcher.add(1);
      await vi.advanceTimersByTimeAsync(99);
      expect(batches).toEqual([]);
      const second = batcher.add(2);
      await vi.advanceTimersByTimeAsync(1);
      expect(batches).toEqual([[1, 2]]);
      expect(await Promise.all([first, second])).toEqual([10, 20]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("fails every item of a call that fails, and none of the next", async () => {
    const { batcher } = record(60_000, 2);
    const doomed = await Promise.allSettled([batcher.add(13), batcher.add(1)]);
    expect(doomed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const next = batcher.add(2);
    batcher.flush();
    expect(await next).toBe(20);
  });

  test("does nothing when nothing has gathered", () => {
    const { batches, batcher } = record(60_000);
    batcher.flush();
    expect(batches).toEqual([]);
  });
});
