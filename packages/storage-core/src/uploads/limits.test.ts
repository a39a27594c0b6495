import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBudget } from "./budget.ts";
import { createFlowWatch, type Flow } from "./flow-watch.ts";
import { createKeyedLock } from "./keyed-lock.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("createBudget", () => {
  test("never gives out more than there is, and lets everyone through", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 40 }), async (amounts) => {
        const budget = createBudget(10);
        let taken = 0;
        let served = 0;
        await Promise.all(
          amounts.map(async (amount) => {
            const release = await budget.take(amount);
            taken += Math.min(amount, 10);
            expect(taken).toBeLessThanOrEqual(10);
            await turn();
            taken -= Math.min(amount, 10);
            served += 1;
            release();
          }),
        );
        expect(served).toBe(amounts.length);
      }),
      { numRuns: 30 },
    );
  });

  test("serves in order: a large taker is not overtaken by small ones", async () => {
    const budget = createBudget(10);
    const release = await budget.take(8);
    const order: string[] = [];
    const large = budget.take(10).then((free) => {
      order.push("large");
      free();
    });
    const small = budget.take(1).then(() => order.push("small"));
    await turn();
    expect(order).toEqual([]);
    release();
    await Promise.all([large, small]);
    expect(order).toEqual(["large", "small"]);
  });

  test("a release given twice counts once", async () => {
    const budget = createBudget(1);
    const release = await budget.take(1);
    release();
    release();
    expect(budget.free).toBe(1);
    await budget.take(1);
    expect(budget.free).toBe(0);
  });
});

describe("createFlowWatch", () => {
  test("tells how many files are ready, and when all are stuck, once the files of a turn are counted in", async () => {
    const told: Flow[] = [];
    const watch = createFlowWatch((flow) => told.push(flow));
    const gate = Promise.withResolvers<void>();
    const work = Promise.withResolvers<void>();
    const files = [
      watch.busy(() => watch.park(gate.promise)),
      watch.busy(() => work.promise),
      watch.busy(() => watch.read(() => work.promise)),
    ];
    expect(told).toEqual([]);
    await turn();
    expect(told).toEqual([{ ready: 1, stuck: false }]);
    work.resolve();
    await Promise.all(files.slice(1));
    await turn();
    expect(told.at(-1)).toEqual({ ready: 0, stuck: true });
    gate.resolve();
    await files[0];
    const before = told.length;
    await turn();
    expect(told).toHaveLength(before); // nothing is under way, so there is nothing to tell
  });
});

describe("createKeyedLock", () => {
  test("has one holder a key, and tells the others when it lets go", async () => {
    const lock = createKeyedLock();
    const release = lock.tryAcquire("a");
    expect(release).toBeDefined();
    expect(lock.tryAcquire("a")).toBeUndefined();
    expect(lock.tryAcquire("b")).toBeDefined();
    let told = false;
    const waiting = lock.released("a").then(() => {
      told = true;
    });
    await turn();
    expect(told).toBe(false);
    release?.();
    await waiting;
    expect(lock.tryAcquire("a")).toBeDefined();
  });

  test("does not make anyone wait for a key that nobody holds", async () => {
    await createKeyedLock().released("free");
  });
});
