import { expect, test } from "vitest";
import { createRequestTimings } from "./request-timings.ts";

test("counts each answer under every bound that it kept, by route and outcome", () => {
  const timings = createRequestTimings();
  for (const seconds of [0.01, 0.1, 3, 99]) timings.observe("a", "ok", seconds);
  timings.observe("a", "NOT_FOUND", 0.2);
  const [ok, missing] = timings.list();
  expect(ok).toMatchObject({ route: "a", outcome: "ok", count: 4 });
  expect(ok?.sumSeconds).toBeCloseTo(102.11);
  expect(ok?.buckets).toEqual([
    [0.025, 1],
    [0.1, 2],
    [0.25, 2],
    [0.5, 2],
    [1, 2],
    [2.5, 2],
    [10, 3],
  ]);
  expect(missing).toMatchObject({ outcome: "NOT_FOUND", count: 1 });
});
