import type { AlertRow, AlertRuleRow, Severity } from "@pilab/schema";
import type { AlertInputs } from "./inputs.ts";
import { type Finding, type Judgement, limit, rank, type Verdict } from "./judgement.ts";
import { ROUND_TIMING } from "./timing.ts";

/** An alert that is not resolved and changes in some way. */
export interface AlertChange {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: Record<string, unknown>;
  readonly held: boolean;
  /** Whether the condition was seen in this round. */
  readonly seen: boolean;
  /** To a higher severity: whoever had acknowledged it is told again. */
  readonly rose: boolean;
}

/** What a round makes of the alerts. */
export interface Transitions {
  readonly opened: AlertRow[];
  readonly changed: AlertChange[];
  readonly resolved: { readonly id: string; readonly because: NonNullable<AlertRow["resolved_because"]> }[];
  readonly counters: AlertInputs["counters"];
}

/** What {@link decideTransitions} takes beside the alerts. */
export interface RoundContext {
  readonly now: Date;
  /** What this round adds to what is watched, in seconds. Infinity: open and resolve at once. */
  readonly stepS: number;
  /** Whether this round follows another without a gap; if not, every wait begins anew. */
  readonly isContinued: boolean;
  readonly newId: () => string;
}

type State = Pick<AlertInputs, "alerts" | "counters" | "rules">;

/**
 * The state machine of alerts, as a pure function: verdicts and what is open give what opens, changes and resolves. For each rule
 * and subject there is at most one alert that is not resolved. A condition opens its alert when it was watched for open_after_s,
 * and resolves it when it was watched to be gone for resolve_after_s; meanwhile it may come and go without a word.
 */
export function decideTransitions(
  state: State,
  judgements: Iterable<Judgement>,
  round: RoundContext,
): Transitions {
  const book = new Book(state, round);
  const open = new Map(
    state.alerts
      .filter(({ state: is }) => is !== "resolved")
      .map((alert) => [keyOf(alert.rule_key, alert.subject_id), alert]),
  );
  for (const { rule, subject, verdict } of judgements) {
    const key = keyOf(rule.key, subject.id);
    const alert = open.get(key);
    open.delete(key);
    if (alert !== undefined) book.judgeAlert(alert, verdict, rule);
    else if (typeof verdict === "object") book.watch(rule, subject, verdict);
  }
  // No rule speaks of these any more.
  const isOn = new Map(state.rules.map((rule) => [rule.key, rule.enabled]));
  for (const { id, rule_key } of open.values())
    book.resolved.push({ id, because: isOn.get(rule_key) === true ? "gone" : "rule_off" });
  return { opened: book.opened, changed: book.changed, resolved: book.resolved, counters: book.counters };
}

class Book implements Transitions {
  readonly opened: AlertRow[] = [];
  readonly changed: AlertChange[] = [];
  readonly resolved: Transitions["resolved"] = [];
  readonly counters: AlertInputs["counters"] = [];
  readonly #round: RoundContext;
  readonly #before: Map<string, AlertInputs["counters"][number]>;

  constructor(state: State, round: RoundContext) {
    this.#round = round;
    const kept = round.isContinued ? state.counters : [];
    this.#before = new Map(kept.map((counter) => [keyOf(counter.rule_key, counter.subject_id), counter]));
  }

  /** A condition without an alert. */
  watch(rule: AlertRuleRow, subject: Judgement["subject"], finding: Finding): void {
    if (this.#waited(rule.key, subject.id, limit(rule, "open_after_s")))
      this.opened.push(newAlert(rule, subject, finding, this.#round));
  }

  judgeAlert(alert: AlertRow, verdict: Verdict, rule: AlertRuleRow): void {
    if (verdict === "paused" || verdict === "retired") {
      this.resolved.push({ id: alert.id, because: verdict });
    } else if (verdict === "held") {
      if (!alert.held) this.#change(alert, { held: true, seen: false });
    } else if (verdict !== "fine" && rank(verdict.severity) >= rank(alert.severity)) {
      this.#see(alert, verdict, rank(verdict.severity) > rank(alert.severity));
    } else {
      this.#milder(alert, verdict, limit(rule, "resolve_after_s"));
    }
  }

  /** As bad as it was, or worse. */
  #see(alert: AlertRow, finding: Finding, rose: boolean): void {
    const ageMs = this.#round.now.getTime() - Date.parse(alert.last_seen_at);
    // A time ahead of the clock is of before that went back.
    const isDue = ageMs >= ROUND_TIMING.renewS * 1000 || ageMs < 0;
    if (rose || alert.held || isDue) this.#change(alert, { ...finding, held: false, seen: true, rose });
  }

  /** The condition is gone, or not as bad as the alert says: so be it, if it stays so. */
  #milder(alert: AlertRow, verdict: Finding | "fine", resolveAfterS: number): void {
    const isOver = this.#waited(alert.rule_key, alert.subject_id, resolveAfterS);
    if (verdict === "fine") {
      if (isOver) this.resolved.push({ id: alert.id, because: "cleared" });
      else if (alert.held) this.#change(alert, { held: false, seen: false });
    } else if (isOver || alert.held) {
      const severity = isOver ? verdict.severity : alert.severity;
      this.#change(alert, { ...verdict, severity, held: false, seen: true });
    }
  }

  #change(alert: AlertRow, change: Partial<AlertChange>): void {
    const { id, severity, title, detail, held } = alert;
    this.changed.push({ id, severity, title, detail, held, seen: false, rose: false, ...change });
  }

  /** Whether it has been so for long enough; else the count goes on. The first sight of it counts nothing. */
  #waited(ruleKey: string, subjectId: string, neededS: number): boolean {
    const { stepS } = this.#round;
    const before = this.#before.get(keyOf(ruleKey, subjectId));
    const watchedS = stepS === Infinity ? stepS : before === undefined ? 0 : before.watched_s + stepS;
    if (watchedS >= neededS) return true;
    this.counters.push({ rule_key: ruleKey, subject_id: subjectId, watched_s: watchedS });
    return false;
  }
}

function keyOf(ruleKey: string, subjectId: string): string {
  return `${ruleKey} ${subjectId}`;
}

function newAlert(
  rule: AlertRuleRow,
  subject: Judgement["subject"],
  finding: Finding,
  round: RoundContext,
): AlertRow {
  return {
    id: round.newId(),
    rule_id: rule.id,
    rule_key: rule.key,
    ...finding,
    subject_type: subject.type,
    subject_id: subject.id,
    state: "open",
    held: false,
    opened_at: round.now.toISOString(),
    last_seen_at: round.now.toISOString(),
    acknowledged_at: null,
    acknowledged_by: null,
    silenced_until: null,
    silenced_by: null,
    resolved_at: null,
    resolved_because: null,
  };
}
