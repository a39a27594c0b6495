import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";

const storage = new AsyncLocalStorage<string>();
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Runs `fn`, and all that it starts, under one correlation id: every log line inside carries it as `correlation_id`,
 * and {@link correlationId} gives it to whoever sends the `x-correlation-id` header.
 *
 * @param id the id of a job that came from outside; without one, or when it is no UUID, a new one is made
 * @example await withCorrelation(undefined, () => uploadOne(file));
 */
export function withCorrelation<T>(id: string | undefined, fn: () => T): T {
  return storage.run(id !== undefined && UUID.test(id) ? id.toLowerCase() : randomUUID(), fn);
}

/** The correlation id of the running job; undefined outside {@link withCorrelation}. */
export function correlationId(): string | undefined {
  return storage.getStore();
}
