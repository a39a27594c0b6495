import type { RequestTiming } from "@pilab/storage-core";

/** Upper bounds of the histogram, in seconds: a page that takes longer than one is slow, than ten broken. */
const BOUNDS = [0.025, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Counts how long a process takes to answer. */
export interface RequestTimings {
  /** `route` and `outcome` are of a known few, never of a request's own words: each pair is kept for the process's life. */
  observe(route: string, outcome: string, seconds: number): void;
  list(): RequestTiming[];
}

/** Starts with nothing counted. */
export function createRequestTimings(): RequestTimings {
  const kept = new Map<
    string,
    { route: string; outcome: string; below: number[]; sum: number; count: number }
  >();
  return {
    observe(route, outcome, seconds) {
      const key = JSON.stringify([route, outcome]);
      const timing = kept.get(key) ?? { route, outcome, below: BOUNDS.map(() => 0), sum: 0, count: 0 };
      kept.set(key, timing);
      timing.below = timing.below.map((count, at) => count + Number(seconds <= (BOUNDS[at] ?? 0)));
      timing.sum += seconds;
      timing.count += 1;
    },
    list: () =>
      [...kept.values()].map(({ route, outcome, below, sum, count }) => ({
        route,
        outcome,
        buckets: below.map((found, at) => [BOUNDS[at] ?? 0, found] as const),
        sumSeconds: sum,
        count,
      })),
  };
}
