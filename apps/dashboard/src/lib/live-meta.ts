import type { LiveTable } from "@pilab/storage-core";

/**
 * Marks a query as one that changes with these tables; it is then asked for anew as they change:
 * `useQuery(trpc.alerts.list.queryOptions(input, live("alerts")))`.
 */
export function live(...tables: LiveTable[]): { meta: { live: readonly LiveTable[] } } {
  return { meta: { live: tables } };
}
