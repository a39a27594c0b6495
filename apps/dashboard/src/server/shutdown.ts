import { once } from "./once.ts";

/** Aborted when the server is asked to stop: streams listen to it. */
export function shutdown(): AbortController {
  return once("shutdown", () => new AbortController());
}
