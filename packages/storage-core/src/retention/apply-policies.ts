import type { Decision, PlanTally } from "./decision.ts";
import { microsecondsOf, type RetentionCapture } from "./entry.ts";
import { type RetentionContext, RetentionPlanner } from "./planner.ts";

/** The decision about each of some captures, and what it comes to. */
export interface RetentionPlan {
  keep: Decision[];
  remove: Decision[];
  tallies: PlanTally[];
}

/**
 * Decides which of some live captures stay, which go, and why; nothing but its arguments matters, not even their order.
 * For captures that fit in memory; {@link RetentionPlanner} reads any number.
 */
export function applyPolicies(captures: Iterable<RetentionCapture>, ctx: RetentionContext): RetentionPlan {
  const keep: Decision[] = [];
  const remove: Decision[] = [];
  const planner = new RetentionPlanner(ctx, (decision) =>
    (decision.action === "keep" ? keep : remove).push(decision),
  );
  for (const capture of newestFirst(captures)) planner.add(capture);
  return { tallies: planner.finish(), keep, remove };
}

/** In the order of the planner: captured_at desc, id desc. */
export function newestFirst(captures: Iterable<RetentionCapture>): RetentionCapture[] {
  return Array.from(captures, (capture) => ({ capture, us: microsecondsOf(capture.captured_at) }))
    .sort((a, b) => b.us - a.us || (a.capture.id < b.capture.id ? 1 : -1))
    .map(({ capture }) => capture);
}
