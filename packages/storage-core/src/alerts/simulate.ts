import { decideRound } from "./decide-round.ts";
import type { AlertInputs, DeviceInput } from "./inputs.ts";
import type { Notice } from "./plan-notices.ts";
import { someInputs, uuid } from "./testing.ts";

/** The database of alerts, as apply_alert_round keeps it, for tests that run many rounds by a clock of their own. */
export class SimulatedLab {
  state: AlertInputs;
  readonly messages: (Notice & { at: string })[] = [];
  /** The most alerts that were ever open for one rule and subject. */
  mostOpen = 0;
  #ids = 1000;

  constructor(state: Partial<AlertInputs>) {
    const round = { number: 0, at: null, watching_since: null };
    this.state = someInputs({ round, ...state });
  }

  /** Sets the clock and what devices say, and runs a round. `dies`: the worker is killed before it is applied. */
  round(now: string, devices: DeviceInput[], { dies = false, single = false } = {}): void {
    const inputs = { ...this.state, now, devices };
    const round = decideRound(inputs, { newId: () => uuid(this.#ids++), single });
    if (dies) return;
    const changes = new Map(round.changed.map((change) => [change.id, change]));
    const ends = new Map(round.resolved.map(({ id, because }) => [id, because]));
    const told = new Map(inputs.groups.map((group) => [`${group.channel_id} ${group.group_key}`, group]));
    for (const group of round.groups) told.set(`${group.channel_id} ${group.group_key}`, group);
    const known = new Set([...told.values()].flatMap((group) => Object.keys(group.told)));
    const alerts = inputs.alerts.map((alert) => {
      const because = ends.get(alert.id);
      if (because)
        return {
          ...alert,
          state: "resolved" as const,
          held: false,
          resolved_at: now,
          resolved_because: because,
        };
      const { seen, rose, ...change } = changes.get(alert.id) ?? { seen: false, rose: false };
      return {
        ...alert,
        ...change,
        ...(seen && { last_seen_at: now }),
        ...(rose && { state: "open" as const }),
      };
    });
    this.state = {
      ...inputs,
      round: { number: round.number + 1, at: now, watching_since: round.watching_since },
      alerts: [...alerts, ...round.opened].filter(({ state, id }) => state !== "resolved" || known.has(id)),
      counters: round.counters,
      groups: [...told.values()],
    };
    const open = this.state.alerts.filter(({ state }) => state !== "resolved");
    for (const same of Map.groupBy(open, (alert) => `${alert.rule_key} ${alert.subject_id}`).values())
      this.mostOpen = Math.max(this.mostOpen, same.length);
    this.messages.push(...round.messages.map((message) => ({ ...message, at: now })));
  }
}
