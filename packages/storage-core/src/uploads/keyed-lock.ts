/** At most one holder a key: the same bytes, or the same object path, are never in flight twice. */
export interface KeyedLock {
  /** Takes the key and gives back its release, or undefined when somebody holds it. */
  tryAcquire(key: string): (() => void) | undefined;
  /** Resolves when the present holder of the key lets go; at once when there is none. */
  released(key: string): Promise<void>;
}

/** A lock inside this process. Between processes the object path's own uniqueness decides, see `send-object.ts`. */
export function createKeyedLock(): KeyedLock {
  const held = new Map<string, Promise<void>>();
  return {
    tryAcquire(key) {
      if (held.has(key)) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(key, promise);
      return () => {
        held.delete(key);
        resolve();
      };
    },
    released: async (key) => held.get(key),
  };
}
