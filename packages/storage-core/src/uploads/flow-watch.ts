/** What the files of a run are doing. */
export interface Flow {
  /** Files that can go on by themselves: being inspected, sent, or waiting for their turn to be sent. */
  readonly ready: number;
  /** Every file waits for something that only another file or a timer could bring. */
  readonly stuck: boolean;
}

/** Counts the files of a run by what they are doing. */
export interface FlowWatch {
  /** Counts a file in while `work` runs. */
  busy<T>(work: () => Promise<T>): Promise<T>;
  /** Waits for `promise` on behalf of one busy file. */
  park<T>(promise: Promise<T>): Promise<T>;
  /** Reads one busy file. */
  read<T>(work: () => Promise<T>): Promise<T>;
  /** Waits for `promise`, for memory, within {@link read}. */
  waitToRead<T>(promise: Promise<T>): Promise<T>;
}

/**
 * Batches linger to gather company. `onChange` hears, a turn after each change, whether that still makes sense: when
 * all files are stuck nobody can come any more, and when few are ready the next ones are needed now. So a single
 * upload, the beginning and the end of a run, and a slow camera never wait for a timer.
 */
export function createFlowWatch(onChange: (flow: Flow) => void): FlowWatch {
  const files = { active: 0, parked: 0, reading: 0, waitingToRead: 0 };
  let scheduled = false;

  function changed(): void {
    if (scheduled) return;
    scheduled = true;
    // A turn later: files that are just being started, one after the other, are still to be counted in.
    setImmediate(() => {
      scheduled = false;
      const { active, parked, reading, waitingToRead } = files;
      if (active === 0) return;
      onChange({ ready: active - parked - reading, stuck: parked + waitingToRead === active });
    });
  }

  async function counted<T>(state: keyof typeof files, work: () => Promise<T>): Promise<T> {
    files[state] += 1;
    changed();
    try {
      return await work();
    } finally {
      files[state] -= 1;
      changed();
    }
  }

  return {
    busy: (work) => counted("active", work),
    park: (promise) => counted("parked", () => promise),
    read: (work) => counted("reading", work),
    waitToRead: (promise) => counted("waitingToRead", () => promise),
  };
}
