/** A sleep that can be cut short; a ring while nobody sleeps makes the next sleep short. */
export interface Alarm {
  sleep(ms: number): Promise<void>;
  ring(): void;
}

/** Its sleeps end when the signal is aborted, too. */
export function createAlarm(signal: AbortSignal): Alarm {
  let rung = false;
  let wake = () => {};
  const ring = () => {
    rung = true;
    wake();
  };
  signal.addEventListener("abort", ring, { once: true });
  return {
    ring,
    async sleep(ms) {
      if (!rung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined;
        await promise;
        clearTimeout(timer);
      }
      rung = false;
    },
  };
}
