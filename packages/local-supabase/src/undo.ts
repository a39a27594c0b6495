/** What was started, in order, to be stopped in reverse. */
export interface UndoStack {
  add(step: () => Promise<unknown> | unknown): void;
  /** Runs the steps, last first, once; one that fails keeps none of the others from running. */
  run(): Promise<void>;
}

/** Makes an empty {@link UndoStack}. */
export function createUndoStack(): UndoStack {
  const steps: (() => Promise<unknown> | unknown)[] = [];
  let running: Promise<void> | undefined;
  return {
    add: (step) => {
      steps.push(step);
    },
    run: () => {
      running ??= runAll(steps.reverse());
      return running;
    },
  };
}

async function runAll(steps: (() => Promise<unknown> | unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "local-supabase did not stop cleanly");
}
