import type { Entry } from "./entry.ts";
import type { Place } from "./places.ts";
import type { Reason } from "./reason.ts";

/** A capture as it comes off a shelf. */
export type Shelved = Pick<Entry, "id" | "place" | "bytes"> & { reasons: readonly Reason[] };

/**
 * The captures of one policy with max_bytes that its other rules keep. Which of them must go is known only when the last
 * capture has been seen, so this is what a plan holds in memory: in columns, about 150 bytes a capture with its id.
 */
export class Shelf {
  readonly #ids: string[] = [];
  readonly #places: Place[] = [];
  readonly #reasons: (readonly Reason[])[] = [];
  readonly #bytes: number[] = [];
  readonly #keys: number[] = [];

  /** Takes a capture in, with the reasons that hold if it stays. */
  put({ id, place, bytes, removalKey }: Entry, reasons: readonly Reason[]): void {
    this.#ids.push(id);
    this.#places.push(place);
    this.#reasons.push(reasons);
    this.#bytes.push(bytes);
    this.#keys.push(removalKey);
  }

  /** All that it holds, in the order of removal (byRemoval, on columns). */
  *inOrder(): Generator<Shelved> {
    const order = Uint32Array.from(this.#ids.keys());
    const key = (at: number) => this.#keys[at] as number;
    const id = (at: number) => this.#ids[at] as string;
    order.sort((a, b) => key(a) - key(b) || (id(a) < id(b) ? -1 : 1));
    for (const at of order) {
      yield {
        id: id(at),
        place: this.#places[at] as Place,
        bytes: this.#bytes[at] as number,
        reasons: this.#reasons[at] as readonly Reason[],
      };
    }
  }
}
