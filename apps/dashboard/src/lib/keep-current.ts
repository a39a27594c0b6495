import type { LiveTable } from "@pilab/storage-core";
import type { Query, QueryClient } from "@tanstack/react-query";

/** Asks anew for what changed with these tables; without tables, for all that changes and for what failed. */
export type Refresh = (changed?: readonly LiveTable[]) => void;

/**
 * Keeps a cache current. An answer that is already on its way is waited for, however many events come, and asked for once
 * more when it is there, as it may have been read before the change: for as long as `watch` is not ended.
 */
export function keepCurrent(queryClient: QueryClient): { refresh: Refresh; watch: () => () => void } {
  const again = new Set<Query>();
  const invalidate = (predicate: (query: Query) => boolean) =>
    void queryClient.invalidateQueries({ predicate }, { cancelRefetch: false });

  const watch = () =>
    queryClient.getQueryCache().subscribe(({ type, query }) => {
      if (type === "removed") again.delete(query);
      if (type !== "updated" || query.state.fetchStatus !== "idle" || !again.delete(query)) return;
      // Not in the midst of the answer, which would mark the question as answered.
      queueMicrotask(() => invalidate((each) => each === query));
    });

  const refresh: Refresh = (changed) =>
    invalidate((query) => {
      if (!isTouched(query, changed)) return false;
      if (query.state.fetchStatus === "fetching") again.add(query);
      return true;
    });

  return { refresh, watch };
}

function isTouched({ meta, state }: Query, changed: readonly LiveTable[] | undefined): boolean {
  const tables = meta?.live as readonly LiveTable[] | undefined;
  if (changed === undefined) return tables !== undefined || state.status === "error";
  return tables?.some((table) => changed.includes(table)) ?? false;
}
