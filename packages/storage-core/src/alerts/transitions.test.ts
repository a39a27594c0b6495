import { describe, expect, test } from "vitest";
import type { Judgement, Verdict } from "./judgement.ts";
import { anAlert, aRule, minutesBefore, NOW, uuid } from "./testing.ts";
import { decideTransitions } from "./transitions.ts";

const rule = aRule("device_hot", { open_after_s: 60, resolve_after_s: 90 });
const subject: Judgement["subject"] = { type: "device", id: uuid(1) };
const hot: Verdict = { severity: "warning", title: "hot", detail: { c: 81 } };
const hotter: Verdict = { severity: "critical", title: "hotter", detail: { c: 86 } };

function step(
  verdict: Verdict,
  {
    alert = undefined as ReturnType<typeof anAlert> | undefined,
    watchedS = undefined as number | undefined,
    stepS = 30,
    isContinued = true,
  } = {},
) {
  const counters =
    watchedS === undefined ? [] : [{ rule_key: rule.key, subject_id: subject.id, watched_s: watchedS }];
  return decideTransitions(
    { rules: [rule], alerts: alert ? [alert] : [], counters },
    [{ rule, subject, verdict }],
    {
      now: new Date(NOW),
      stepS,
      isContinued,
      newId: () => uuid(77),
    },
  );
}
const nothing = { opened: [], changed: [], resolved: [], counters: [] };

describe("a condition without an alert", () => {
  test("opens it only when it was watched for open_after_s", () => {
    expect(step(hot)).toEqual({
      ...nothing,
      counters: [{ rule_key: "device_hot", subject_id: subject.id, watched_s: 0 }],
    });
    expect(step(hot, { watchedS: 0 }).counters).toMatchObject([{ watched_s: 30 }]);
    expect(step(hot, { watchedS: 30 })).toMatchObject({
      counters: [],
      opened: [{ id: uuid(77), title: "hot", state: "open", subject_id: subject.id }],
    });
  });
  test("begins anew when it was gone in between, or when nobody watched", () => {
    expect(step("fine", { watchedS: 30 })).toEqual(nothing);
    expect(step(hot, { watchedS: 30, isContinued: false }).counters).toMatchObject([{ watched_s: 0 }]);
  });
  test("opens at once at a single look", () => {
    expect(step(hot, { stepS: Infinity }).opened).toHaveLength(1);
  });
  test.each(["held", "paused", "retired"] as const)("opens nothing while its subject is %s", (verdict) => {
    expect(step(verdict, { watchedS: 50, stepS: 120 })).toEqual(nothing);
  });
});

describe("an alert", () => {
  const alert = anAlert();
  test("resolves only when its condition was watched to be gone for resolve_after_s", () => {
    expect(step("fine", { alert })).toMatchObject({ resolved: [], counters: [{ watched_s: 0 }] });
    expect(step("fine", { alert, watchedS: 30 })).toMatchObject({
      resolved: [],
      counters: [{ watched_s: 60 }],
    });
    expect(step("fine", { alert, watchedS: 60 })).toMatchObject({
      resolved: [{ id: alert.id, because: "cleared" }],
      counters: [],
    });
  });
  test("stays the same one when its condition comes back meanwhile", () => {
    expect(step(hot, { alert, watchedS: 60 })).toEqual(nothing);
  });
  test("is written only every five minutes while nothing changes", () => {
    expect(step(hot, { alert: anAlert({ last_seen_at: minutesBefore(4) }) }).changed).toEqual([]);
    expect(step(hot, { alert: anAlert({ last_seen_at: minutesBefore(5) }) }).changed).toMatchObject([
      { seen: true, title: "hot", rose: false },
    ]);
    expect(
      step(hot, { alert: anAlert({ last_seen_at: minutesBefore(-60) }) }).changed,
      "the clock went back",
    ).toHaveLength(1);
  });
  test("rises at once, and sinks only when it was milder for resolve_after_s", () => {
    expect(step(hotter, { alert }).changed).toMatchObject([
      { severity: "critical", title: "hotter", rose: true },
    ]);
    const critical = anAlert({ severity: "critical" });
    expect(step(hot, { alert: critical })).toMatchObject({ changed: [], counters: [{ watched_s: 0 }] });
    expect(step(hot, { alert: critical, watchedS: 60 })).toMatchObject({
      changed: [{ severity: "warning", rose: false }],
      counters: [],
    });
  });
  test("is held while its subject is away: neither seen nor resolved, and said once", () => {
    expect(step("held", { alert, watchedS: 60 })).toMatchObject({
      resolved: [],
      changed: [{ held: true, seen: false }],
      counters: [],
    });
    expect(step("held", { alert: anAlert({ held: true }) })).toEqual(nothing);
    expect(step(hot, { alert: anAlert({ held: true }) }).changed).toMatchObject([
      { held: false, seen: true },
    ]);
  });
  test.each(["paused", "retired"] as const)("resolves when its device is %s", (because) => {
    expect(step(because, { alert }).resolved).toEqual([{ id: alert.id, because }]);
  });
  test("resolves when its rule is off or its subject is no more", () => {
    const round = { now: new Date(NOW), stepS: 30, isContinued: true, newId: () => uuid(1) };
    expect(decideTransitions({ rules: [rule], alerts: [alert], counters: [] }, [], round).resolved).toEqual([
      { id: alert.id, because: "gone" },
    ]);
    expect(
      decideTransitions({ rules: [{ ...rule, enabled: false }], alerts: [alert], counters: [] }, [], round)
        .resolved,
    ).toEqual([{ id: alert.id, because: "rule_off" }]);
  });
});
