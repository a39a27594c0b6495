/** Knows when every file of a run waits for something that only another file or a timer could bring. */
export interface IdleWatch {
  /** Counts a file in while `work` runs. */
  busy<T>(work: () => Promise<T>): Promise<T>;
  /** Waits for `promise` on behalf of one busy file. */
  park<T>(promise: Promise<T>): Promise<T>;
}

/**
 * Batches linger to gather company. When all files are parked nobody can come any more: `onAllParked` then sends
 * what has gathered, so that a single upload, the end of a run and a slow camera never wait for a timer.
 */
export function createIdleWatch(onAllParked: () => void): IdleWatch {
  let active = 0;
  let parked = 0;
  let checking = false;

  function check(): void {
    if (checking || active === 0 || parked < active) return;
    checking = true;
    // A turn later: files that are just being started, one after the other, are still to be counted in.
    setImmediate(() => {
      checking = false;
      if (active > 0 && parked === active) onAllParked();
    });
  }

  return {
    async busy(work) {
      active += 1;
      try {
        return await work();
      } finally {
        active -= 1;
        check();
      }
    },
    async park(promise) {
      parked += 1;
      check();
      try {
        return await promise;
      } finally {
        parked -= 1;
      }
    },
  };
}
