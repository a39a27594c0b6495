import type { AlertRow } from "@pilab/schema";

/** The lists of alerts that there are. */
export const VIEWS = ["open", "acknowledged", "silenced", "history"] as const;
/** See {@link VIEWS}. */
export type View = (typeof VIEWS)[number];

const RANK = { critical: 0, warning: 1, info: 2 } as const;

/** Where an alert that is not resolved is listed; one that is silenced is nowhere else until the silence ends. */
export function viewOf({ state, silenced_until }: AlertRow, nowMs: number): Exclude<View, "history"> {
  if (silenced_until !== null && Date.parse(silenced_until) > nowMs) return "silenced";
  return state === "acknowledged" ? "acknowledged" : "open";
}

/** Alerts by their list, the worst and newest first. */
export function byView<A extends AlertRow>(
  alerts: readonly A[],
  nowMs: number,
): Record<Exclude<View, "history">, A[]> {
  const lists: ReturnType<typeof byView<A>> = { open: [], acknowledged: [], silenced: [] };
  const ordered = alerts.toSorted(
    (a, b) => RANK[a.severity] - RANK[b.severity] || b.opened_at.localeCompare(a.opened_at),
  );
  for (const alert of ordered) lists[viewOf(alert, nowMs)].push(alert);
  return lists;
}
