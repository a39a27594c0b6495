import { describe, expect, test } from "vitest";
import type { GroupInput } from "./inputs.ts";
import { type NoticeState, planNotices } from "./plan-notices.ts";
import { aChannel, anAlert, minutesBefore, NOW, uuid } from "./testing.ts";

const channel = aChannel();
const plan = (state: Partial<NoticeState>) =>
  planNotices({ alerts: [], channels: [channel], groups: [], now: new Date(NOW), waits: true, ...state });
const told = (as: GroupInput["told"], minutesAgo: number): GroupInput[] => [
  { channel_id: channel.id, group_key: "device_hot", told: as, told_at: minutesBefore(minutesAgo) },
];
const titles = (state: Partial<NoticeState>) =>
  plan(state).messages.map(({ kind, message }) => `${kind} ${message.title}`);
const open = anAlert({ opened_at: minutesBefore(1) });
const critical = anAlert({ severity: "critical", opened_at: minutesBefore(600) });

describe("what opened", () => {
  test("is told once, after the group has waited 30 seconds", () => {
    expect(titles({ alerts: [anAlert({ opened_at: minutesBefore(0.4) })] })).toEqual([]);
    const first = plan({ alerts: [open] });
    expect(first.messages).toMatchObject([
      { channel_id: channel.id, kind: "alert", message: { title: open.title, status: "firing" } },
    ]);
    expect(first.groups).toEqual([
      { channel_id: channel.id, group_key: "device_hot", told: { [open.id]: "warning" }, told_at: NOW },
    ]);
    expect(plan({ alerts: [open], groups: first.groups })).toEqual({ messages: [], groups: [] });
  });
  test("is told together with all that is alike", () => {
    const alerts = [1, 2, 3].map((n) =>
      anAlert({ id: uuid(n), opened_at: minutesBefore(n === 3 ? 1 : 0.1) }),
    );
    expect(titles({ alerts })).toEqual(["alert Device hot: 3 new"]);
  });
  test("is told apart by rule, and to each channel", () => {
    const alerts = [
      open,
      anAlert({ id: uuid(9), rule_key: "disk_low", title: "full", opened_at: minutesBefore(2) }),
    ];
    const channels = [channel, aChannel({ id: uuid(901) })];
    expect(plan({ alerts, channels }).messages).toHaveLength(4);
  });
  test("waits five minutes after the last message about its like", () => {
    const groups = told({ [uuid(3)]: "warning" }, 4);
    const alerts = [anAlert({ id: uuid(3) }), open];
    expect(titles({ alerts, groups })).toEqual([]);
    expect(titles({ alerts, groups: told({ [uuid(3)]: "warning" }, 5) })).toEqual([`alert ${open.title}`]);
  });
  test.each([
    ["is held", { held: true }],
    ["is silenced", { silenced_until: "2026-03-01T13:00:00Z" }],
    ["was acknowledged before anybody was told", { state: "acknowledged" as const, acknowledged_at: NOW }],
    ["is too mild for the channel", { severity: "info" as const }],
  ])("is not told while it %s", (_title, fields) => {
    expect(plan({ alerts: [anAlert({ ...fields, opened_at: minutesBefore(9) })] })).toEqual({
      messages: [],
      groups: [],
    });
  });
  test("is told by the other channels only, when it is that one does not work", () => {
    const other = aChannel({ id: uuid(901), name: "other" });
    const fields = { rule_key: "channel_failing", subject_type: "channel", subject_id: channel.id };
    const alerts = [anAlert({ ...fields, opened_at: minutesBefore(1) })];
    const { messages } = plan({ alerts, channels: [channel, other] });
    expect(messages.map(({ channel_id }) => channel_id)).toEqual([other.id]);
  });
  test("is told when its silence is over", () => {
    expect(titles({ alerts: [anAlert({ silenced_until: minutesBefore(1) })] })).toHaveLength(1);
  });
  test("is told to nobody by a channel that is off", () => {
    expect(titles({ alerts: [open], channels: [aChannel({ enabled: false })] })).toEqual([]);
  });
});

describe("what resolved", () => {
  const over = anAlert({ state: "resolved", resolved_at: minutesBefore(1), resolved_because: "cleared" });
  test("is told to who was told that it opened, once", () => {
    const first = plan({ alerts: [over], groups: told({ [over.id]: "warning" }, 60) });
    expect(first.messages).toMatchObject([
      { message: { title: `Resolved: ${over.title}`, status: "resolved" } },
    ]);
    expect(plan({ alerts: [over], groups: first.groups }).messages).toEqual([]);
  });
  test("is not told to who was never told that it opened", () => {
    expect(plan({ alerts: [over] })).toEqual({ messages: [], groups: [] });
  });
  test("stays to be told while the group waits", () => {
    expect(plan({ alerts: [over], groups: told({ [over.id]: "warning" }, 2) })).toEqual({
      messages: [],
      groups: [],
    });
  });
  test("is not told when it was silenced, and forgotten", () => {
    const silenced = anAlert({ ...over, silenced_until: "2026-03-02T00:00:00Z" });
    const { messages, groups } = plan({ alerts: [silenced], groups: told({ [over.id]: "warning" }, 60) });
    expect(messages).toEqual([]);
    expect(groups).toMatchObject([{ told: {} }]);
  });
});

describe("what lasts", () => {
  test("is repeated every four hours while it is critical and nobody has taken it on", () => {
    expect(titles({ alerts: [critical], groups: told({ [critical.id]: "critical" }, 239) })).toEqual([]);
    expect(titles({ alerts: [critical], groups: told({ [critical.id]: "critical" }, 240) })).toEqual([
      `repeat Still: ${critical.title}`,
    ]);
  });
  test.each([
    ["acknowledged", { state: "acknowledged" as const, acknowledged_at: NOW }],
    ["silenced", { silenced_until: "2026-03-02T00:00:00Z" }],
    ["held", { held: true }],
    ["only a warning", { severity: "warning" as const }],
  ])("is not repeated when it is %s", (_title, fields) => {
    const alert = anAlert({ ...critical, ...fields });
    expect(titles({ alerts: [alert], groups: told({ [alert.id]: alert.severity }, 9999) })).toEqual([]);
  });
  test("is told again when it gets worse, though not when it gets milder", () => {
    expect(titles({ alerts: [critical], groups: told({ [critical.id]: "warning" }, 6) })).toEqual([
      `alert Worse: ${critical.title}`,
    ]);
    const milder = plan({ alerts: [anAlert()], groups: told({ [critical.id]: "critical" }, 6) });
    expect(milder.messages).toEqual([]);
    expect(milder.groups).toMatchObject([{ told: { [critical.id]: "warning" }, told_at: minutesBefore(6) }]);
  });
});

test("a clock that went back holds nothing up", () => {
  const alerts = [anAlert({ opened_at: minutesBefore(-600) })];
  expect(titles({ alerts, groups: told({}, -600) })).toHaveLength(1);
});

test("a message lists twenty alerts, the worst first, and counts the rest", () => {
  const alerts = Array.from({ length: 200 }, (_, n) =>
    anAlert({ id: uuid(n), severity: n === 150 ? "critical" : "warning" }),
  );
  const [notice] = plan({ alerts }).messages;
  expect(notice?.message).toMatchObject({ more: 180, counts: { opened: 200 }, severity: "critical" });
  expect(notice?.message.alerts).toHaveLength(20);
  expect(notice?.message.alerts[0]?.id).toBe(uuid(150));
});
