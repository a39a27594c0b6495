import { PilabError } from "@pilab/schema";

/** Movies made at once by all people together: each takes a core. */
const MOST_AT_ONCE = 2;

/** Who makes a movie now: one a person. */
export class MovieSlots {
  readonly #taken = new Set<string>();

  /** Takes a person's place; call the result to give it back. Throws `rate_limited`. */
  take(userId: string): () => void {
    if (this.#taken.has(userId)) {
      throw new PilabError("rate_limited", "A movie of yours is being made", {
        hint: "Wait until it is saved, or cancel it.",
      });
    }
    if (this.#taken.size >= MOST_AT_ONCE) {
      throw new PilabError("rate_limited", `${MOST_AT_ONCE} movies are being made already`, {
        hint: "Try again in a few minutes.",
      });
    }
    this.#taken.add(userId);
    return () => this.#taken.delete(userId);
  }
}
