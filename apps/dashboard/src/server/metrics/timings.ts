import "server-only";
import { once } from "../once.ts";
import { createRequestTimings, type RequestTimings } from "./request-timings.ts";

/** The process's own count of how long it takes to answer; /api/metrics tells it. */
export function timings(): RequestTimings {
  return once("request-timings", createRequestTimings);
}

/** Does a route's work and counts how long it took. */
export async function timed(route: string, work: () => Promise<Response>): Promise<Response> {
  const startedAt = performance.now();
  let outcome = "error";
  try {
    const response = await work();
    outcome = String(response.status);
    return response;
  } finally {
    timings().observe(route, outcome, (performance.now() - startedAt) / 1000);
  }
}
