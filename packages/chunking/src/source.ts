/** Any iterable, read one item at a time in a way that a signal can cut, and closed exactly once. */
export class Source<T> {
  readonly #iterator: Iterator<T> | AsyncIterator<T>;
  #pending = false;
  #over = false;

  constructor(items: Iterable<T> | AsyncIterable<T>) {
    this.#iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  }

  /** The next item in an array of one; empty when the input has ended or the signal aborted. */
  async read(signal: AbortSignal): Promise<[T] | []> {
    if (this.#over || signal.aborted) return [];
    this.#pending = true;
    const aborted = Promise.withResolvers<undefined>();
    const onAbort = () => aborted.resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const result = await Promise.race([this.#next(), aborted.promise]);
      if (result === undefined) return [];
      if (result.done) this.#over = true;
      return result.done ? [] : [result.value];
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** True when the input itself has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Tells an input that was left early to clean up. */
  async close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const closed = Promise.resolve(this.#iterator.return?.());
    // An async generator that hangs in its next() answers return() only after it: nobody can wait for that.
    if (this.#pending) closed.catch(() => {});
    else await closed;
  }

  async #next(): Promise<IteratorResult<T>> {
    try {
      return await this.#iterator.next();
    } catch (error) {
      this.#over = true; // an iterator that threw is finished by the protocol
      throw error;
    } finally {
      this.#pending = false;
    }
  }
}
