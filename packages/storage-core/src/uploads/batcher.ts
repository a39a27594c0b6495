/** Gathers single questions and asks them in one call. */
export interface Batcher<T, R> {
  /** Resolves with this item's own answer. */
  add(item: T): Promise<R>;
  /** Sends what has gathered now, without waiting for more. */
  flush(): void;
}

/** Settings of {@link createBatcher}. */
export interface BatcherOptions<T, R> {
  /** Answers all items, in their order. A rejection is every item's rejection. */
  readonly run: (items: T[]) => Promise<R[]>;
  /** A batch this large goes at once. */
  readonly maxItems: number;
  /** How long the first item of a batch waits for company, in milliseconds. */
  readonly lingerMs: number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (value: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Holds at most `maxItems` items for at most `lingerMs`; batches may be under way side by side. */
export function createBatcher<T, R>({ run, maxItems, lingerMs }: BatcherOptions<T, R>): Batcher<T, R> {
  let gathered: Waiting<T, R>[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (gathered.length === 0) return;
    const batch = gathered;
    gathered = [];
    run(batch.map(({ item }) => item)).then(
      (answers) => {
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as R);
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error);
      },
    );
  }

  return {
    add: (item) =>
      new Promise<R>((resolve, reject) => {
        gathered.push({ item, resolve, reject });
        if (gathered.length >= maxItems) flush();
        else timer ??= setTimeout(flush, lingerMs);
      }),
    flush,
  };
}
