import "server-only";
import { PilabError } from "@pilab/schema";
import { once } from "../once.ts";

/** Movies made at once by all people together: each takes a core. */
const MOST_AT_ONCE = 2;

/** Takes the one place that a person has for making a movie; call the result to give it back. Throws `rate_limited`. */
export function takeMovieSlot(userId: string): () => void {
  const running = once("movies", () => new Set<string>());
  if (running.has(userId)) {
    throw new PilabError("rate_limited", "A movie of yours is being made", {
      hint: "Wait until it is saved, or cancel it.",
    });
  }
  if (running.size >= MOST_AT_ONCE) {
    throw new PilabError("rate_limited", `${MOST_AT_ONCE} movies are being made already`, {
      hint: "Try again in a few minutes.",
    });
  }
  running.add(userId);
  return () => running.delete(userId);
}
