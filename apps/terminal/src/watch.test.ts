import { PilabError } from "@pilab/schema";
import { expect, test } from "vitest";
import { ago, labOf, NOW } from "../test/lab-of.ts";
import type { Lab } from "./read-lab.ts";
import { createWatch } from "./watch.ts";

const first = labOf();

/** A watch whose looks are answered one after the other, on a clock that is set by hand. */
function watchOf(...answers: (Lab | Error)[]) {
  let nowMs = 0;
  const slept: number[] = [];
  const stop = new AbortController();
  const watch = createWatch({
    read: async () => {
      const answer = answers.shift();
      if (answers.length === 0) stop.abort();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error("too many looks");
      return answer;
    },
    intervalMs: 30_000,
    now: () => nowMs,
    sleep: async (ms) => {
      slept.push(ms);
      nowMs += ms;
    },
  });
  return { watch, slept, stop };
}

test("keeps what was seen last, and says why it is not newer, until a look succeeds again", async () => {
  const second = labOf({ overview: { read_at: ago(-1) } });
  const { watch } = watchOf(first, new PilabError("network", "The server is away"), second);
  await watch.look();
  expect(watch.state()).toMatchObject({
    lab: first,
    readAt: { serverMs: NOW, monotonicMs: 0 },
    error: undefined,
  });
  await watch.look();
  expect(watch.state()).toMatchObject({
    lab: first,
    readAt: { serverMs: NOW },
    error: { message: "The server is away", isPassing: true },
  });
  await watch.look();
  expect(watch.state()).toMatchObject({ lab: second, error: undefined });
});

test.each([
  ["network", true],
  ["timeout", true],
  ["server_busy", true],
  ["not_signed_in", false],
  ["forbidden", false],
] as const)("knows whether %s may pass by itself: %s", async (code, isPassing) => {
  const { watch } = watchOf(new PilabError(code, "why"));
  await watch.look();
  expect(watch.state().error).toMatchObject({ isPassing });
});

test("looks once at each interval until it is stopped, and never twice at a time", async () => {
  const { watch, slept, stop } = watchOf(first, first, first);
  await watch.run(stop.signal);
  expect(slept).toEqual([30_000, 30_000, 30_000]);
  const [one, two] = [watch.look(), watch.look()];
  expect(one).toBe(two);
  await one;
});

test("tells its listeners of each change, and no more once they left", async () => {
  const { watch } = watchOf(first, first);
  let told = 0;
  const leave = watch.subscribe(() => {
    told += 1;
  });
  await watch.look();
  expect(told).toBe(2);
  leave();
  await watch.look();
  expect(told).toBe(2);
});
