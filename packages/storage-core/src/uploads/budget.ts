/** A quantity that runs out: bytes held in memory, uploads under way. */
export interface Budget {
  /** Waits until `amount` is free and takes it; gives back its release, which may be called again for nothing. */
  take(amount: number): Promise<() => void>;
  /** What is left for somebody who comes now: nothing as long as anybody waits. */
  readonly free: number;
}

/**
 * First come, first served, so that a large taker is never starved by small ones. More than the whole budget is cut
 * down to it: a single large file must be able to pass.
 */
export function createBudget(total: number): Budget {
  let free = total;
  const queue: { amount: number; start: () => void }[] = [];

  function startNext(): void {
    for (let next = queue[0]; next !== undefined && next.amount <= free; next = queue[0]) {
      queue.shift();
      free -= next.amount;
      next.start();
    }
  }

  return {
    get free() {
      return queue.length > 0 ? 0 : free;
    },
    async take(wanted) {
      const amount = Math.min(wanted, total);
      const { promise, resolve } = Promise.withResolvers<void>();
      queue.push({ amount, start: resolve });
      startNext();
      await promise;
      let released = false;
      return () => {
        if (released) return;
        released = true;
        free += amount;
        startNext();
      };
    },
  };
}
