/** A sleep that can be cut short; a ring while nobody sleeps makes the next sleep short. */
export interface Alarm {
  sleep(ms: number): Promise<void>;
  /** Wakes all who sleep. */
  ring(): void;
}

/** Its sleeps end when the signal is aborted, too. */
export function createAlarm(signal: AbortSignal): Alarm {
  let rung = false;
  const sleepers = new Set<() => void>();
  const ring = () => {
    rung = sleepers.size === 0;
    for (const wake of sleepers) wake();
    sleepers.clear();
  };
  signal.addEventListener("abort", ring, { once: true });
  return {
    ring,
    async sleep(ms) {
      if (!rung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        sleepers.add(resolve);
        const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined;
        await promise;
        clearTimeout(timer);
        sleepers.delete(resolve);
      }
      rung = false;
    },
  };
}
