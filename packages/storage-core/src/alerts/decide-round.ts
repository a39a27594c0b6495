import type { AlertRow } from "@pilab/schema";
import type { AlertInputs, GroupInput } from "./inputs.ts";
import { judge } from "./judge.ts";
import { type Notice, planNotices } from "./plan-notices.ts";
import { ROUND_TIMING } from "./timing.ts";
import { decideTransitions, type Transitions } from "./transitions.ts";

/** What `apply_alert_round` takes. */
export interface AlertRound extends Transitions {
  /** The round that this one was computed from. */
  readonly number: number;
  readonly watching_since: string;
  readonly messages: Notice[];
  readonly groups: GroupInput[];
}

/** What {@link decideRound} takes beside the inputs. */
export interface DecideOptions {
  readonly newId: () => string;
  /** A look that no other follows: opens, resolves and tells without waiting. */
  readonly single?: boolean | undefined;
}

/** All that a round changes, as a pure function of what the database says. */
export function decideRound(inputs: AlertInputs, { newId, single = false }: DecideOptions): AlertRound {
  const now = new Date(inputs.now);
  const { at, number, watching_since } = inputs.round;
  const elapsedS = at === null ? Infinity : (now.getTime() - Date.parse(at)) / 1000;
  const isContinued = elapsedS >= 0 && elapsedS <= ROUND_TIMING.gapS;
  const watchingSince = isContinued && watching_since !== null ? new Date(watching_since) : now;

  const stepS = single ? Infinity : Math.min(Math.max(elapsedS, 0), ROUND_TIMING.stepMaxS);
  const judgements = judge(inputs, single ? null : watchingSince);
  const transitions = decideTransitions(inputs, judgements, { now, stepS, isContinued, newId });
  const { channels, groups } = inputs;
  const notices = planNotices({
    alerts: after(inputs.alerts, transitions, now),
    channels,
    groups,
    now,
    waits: !single,
  });
  return { number, watching_since: watchingSince.toISOString(), ...transitions, ...notices };
}

/** The alerts as they will be when the transitions are applied. */
function after(
  alerts: readonly AlertRow[],
  { opened, changed, resolved }: Transitions,
  now: Date,
): AlertRow[] {
  const changes = new Map(changed.map((change) => [change.id, change]));
  const ends = new Map(resolved.map(({ id, because }) => [id, because]));
  const then = alerts.map((alert): AlertRow => {
    const because = ends.get(alert.id);
    if (because !== undefined) {
      return {
        ...alert,
        state: "resolved",
        held: false,
        resolved_at: now.toISOString(),
        resolved_because: because,
      };
    }
    const change = changes.get(alert.id);
    if (change === undefined) return alert;
    const { severity, title, detail, held, rose } = change;
    return { ...alert, severity, title, detail, held, state: rose ? "open" : alert.state };
  });
  return [...then, ...opened];
}
