import type { AlertMessage, AlertRow, Severity } from "@pilab/schema";
import { composeMessage, type MessageChange } from "./compose-message.ts";
import type { ChannelInput, GroupInput } from "./inputs.ts";
import { rank } from "./judgement.ts";
import { NOTICE_TIMING } from "./timing.ts";

/** A message for one channel. */
export interface Notice {
  readonly channel_id: string;
  readonly group_key: string;
  readonly kind: "alert" | "repeat";
  readonly message: AlertMessage;
}

/** What {@link planNotices} takes. */
export interface NoticeState {
  /** All that are not resolved, and those that any channel may still believe open. */
  readonly alerts: readonly AlertRow[];
  readonly channels: readonly ChannelInput[];
  readonly groups: readonly GroupInput[];
  readonly now: Date;
  /** Whether to wait for what may come together. A single look does not. */
  readonly waits: boolean;
}

type Told = GroupInput["told"];

/**
 * Decides what to tell each channel now, as a pure function of what is so and what it was told. The alerts of one rule are a
 * group: one message tells of all that changed since the last, at most one each groupIntervalS; nobody is told twice of
 * the same, or of the end of what he was not told of.
 */
export function planNotices(state: NoticeState): { messages: Notice[]; groups: GroupInput[] } {
  const messages: Notice[] = [];
  const groups: GroupInput[] = [];
  const byRule = Map.groupBy(state.alerts, (alert) => alert.rule_key);
  const before = new Map(state.groups.map((group) => [`${group.channel_id} ${group.group_key}`, group]));
  for (const channel of state.channels.filter(({ enabled }) => enabled)) {
    for (const ruleKey of new Set([...byRule.keys(), ...state.groups.map(({ group_key }) => group_key)])) {
      const group = before.get(`${channel.id} ${ruleKey}`);
      const plan = planGroup(channel, byRule.get(ruleKey) ?? [], group, state);
      const at = { channel_id: channel.id, group_key: ruleKey };
      if (plan.changes.length > 0)
        messages.push({
          ...at,
          kind: plan.isRepeat ? "repeat" : "alert",
          message: composeMessage(ruleKey, plan.changes),
        });
      const told_at = plan.changes.length > 0 ? state.now.toISOString() : group?.told_at;
      if (told_at !== undefined && !(told_at === group?.told_at && isSame(plan.told, group.told)))
        groups.push({ ...at, told: plan.told, told_at });
    }
  }
  return { messages, groups };
}

interface GroupPlan {
  readonly changes: [MessageChange, AlertRow][];
  readonly told: Told;
  readonly isRepeat: boolean;
}

function planGroup(
  channel: ChannelInput,
  alerts: readonly AlertRow[],
  group: GroupInput | undefined,
  state: NoticeState,
): GroupPlan {
  const known: Told = group?.told ?? {};
  const isSilenced = ({ silenced_until: until }: AlertRow) =>
    until !== null && Date.parse(until) > state.now.getTime();
  // That a channel does not work is for the others to tell.
  const isOfItself = ({ subject_type, subject_id }: AlertRow) =>
    subject_type === "channel" && subject_id === channel.id;
  const isQuiet = (alert: AlertRow) =>
    alert.held || isSilenced(alert) || isOfItself(alert) || rank(alert.severity) < rank(channel.min_severity);

  const changes: [MessageChange, AlertRow][] = [];
  const told: Record<string, Severity> = {};
  for (const alert of alerts) {
    const knownAs = known[alert.id];
    if (alert.state === "resolved") {
      if (knownAs !== undefined && !isSilenced(alert)) changes.push(["resolved", alert]);
    } else if (knownAs !== undefined) {
      const isWorse = rank(alert.severity) > rank(knownAs);
      if (isWorse && !isQuiet(alert)) changes.push(["rose", alert]);
      // What became milder is told by no message, but is news when it rises again.
      told[alert.id] = isWorse ? knownAs : alert.severity;
    } else if (alert.state === "open" && !isQuiet(alert)) {
      changes.push(["opened", alert]);
    }
  }

  if (changes.length > 0) {
    if (!isDue(changes, group, state)) {
      // Later, with what else comes. What has resolved meanwhile must stay known to be told.
      for (const [change, { id }] of changes) if (change === "resolved") told[id] = known[id] as Severity;
      return { changes: [], told, isRepeat: false };
    }
    for (const [change, alert] of changes) if (change !== "resolved") told[alert.id] = alert.severity;
    return { changes, told, isRepeat: false };
  }

  const lasting = alerts.filter(
    (alert) =>
      told[alert.id] !== undefined &&
      alert.state === "open" &&
      alert.severity === "critical" &&
      !isQuiet(alert),
  );
  const isRepeat = lasting.length > 0 && sinceS(group?.told_at, state.now) >= NOTICE_TIMING.repeatS;
  return { changes: isRepeat ? lasting.map((alert) => ["still", alert]) : [], told, isRepeat };
}

function isDue(
  changes: GroupPlan["changes"],
  group: GroupInput | undefined,
  { now, waits }: NoticeState,
): boolean {
  if (!waits) return true;
  // Nothing tells when an alert rose: it has waited as a milder one.
  const ages = changes.map(([, alert]) => sinceS(alert.resolved_at ?? alert.opened_at, now));
  return (
    Math.max(...ages) >= NOTICE_TIMING.groupWaitS &&
    sinceS(group?.told_at, now) >= NOTICE_TIMING.groupIntervalS
  );
}

/** Seconds since then. A time ahead of the clock is of before that went back: long ago. */
function sinceS(time: string | undefined, now: Date): number {
  const elapsedMs = time === undefined ? Infinity : now.getTime() - Date.parse(time);
  return elapsedMs < 0 ? Infinity : elapsedMs / 1000;
}

function isSame(a: Told, b: Told): boolean {
  const [keysA, keysB] = [Object.keys(a), Object.keys(b)];
  return keysA.length === keysB.length && keysA.every((key) => a[key] === b[key]);
}
