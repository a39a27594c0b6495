import { expect, test } from "vitest";
import type { DeviceInput } from "./inputs.ts";
import { SimulatedLab } from "./simulate.ts";
import { aChannel, aDevice, aRule, aStatus, NOW, uuid } from "./testing.ts";

const RULES = [
  aRule("device_silent", { open_after_s: 0, resolve_after_s: 120 }, { severity: "critical" }),
  aRule("captures_missing", { open_after_s: 60, resolve_after_s: 300 }, { severity: "critical" }),
  aRule("device_hot", { temp_c: 80, critical_temp_c: 85, open_after_s: 300, resolve_after_s: 600 }),
  aRule("disk_low", { free_share: 0.1, critical_free_share: 0.03, open_after_s: 300, resolve_after_s: 600 }),
];

const at = (minutes: number) => new Date(Date.parse(NOW) + minutes * 60_000).toISOString();

/** 200 devices that beat each minute, at seconds of their own, but for the time when they are away. */
function fleet(
  minute: number,
  [from, to]: [number, number],
  status: Parameters<typeof aStatus>[0] = {},
): DeviceInput[] {
  return Array.from({ length: 200 }, (_, n) => {
    const offset = n / 200;
    const beat = Math.floor(minute - offset) + offset;
    const last = beat > from && beat < to ? Math.floor(from - offset) + offset : beat;
    return aDevice({
      id: uuid(n),
      slug: `pi-${n}`,
      name: `Pi ${n}`,
      expected_interval_s: 60,
      last_arrival_at: at(last),
      status: aStatus({ reported_at: at(last), ...status }),
    });
  });
}

function run(lab: SimulatedLab, from: number, to: number, devices: (minute: number) => DeviceInput[]): void {
  for (let minute = from; minute < to; minute += 0.5) lab.round(at(minute), devices(minute));
}

const sum = (lab: SimulatedLab, change: "opened" | "resolved") =>
  lab.messages.reduce((total, { message }) => total + message.counts[change], 0);

test("200 devices that go silent at once and come back are four messages to a channel", () => {
  const lab = new SimulatedLab({ rules: RULES, channels: [aChannel()] });
  run(lab, 0, 180, (minute) => fleet(minute, [30, 90]));
  // Their hearts beat over a minute and a group waits for half of one: the first half is told, five minutes later the rest.
  expect(lab.messages).toHaveLength(4);
  expect([sum(lab, "opened"), sum(lab, "resolved")]).toEqual([200, 200]);
  expect(lab.state.alerts.filter(({ state }) => state !== "resolved")).toEqual([]);
});

test("200 devices that come and go for hours are no more than a message each five minutes", () => {
  const lab = new SimulatedLab({ rules: RULES, channels: [aChannel()] });
  run(lab, 0, 240, (minute) => {
    const period = Math.floor(minute / 30) * 30;
    return fleet(minute, [period + 5, period + 25]);
  });
  const times = lab.messages.map(({ at: time }) => Date.parse(time));
  expect(times.length).toBeGreaterThan(8);
  for (const [index, time] of times.entries())
    if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(5 * 60_000);
});

test("a condition that flaps within its hysteresis for a day is one alert and two messages", () => {
  const lab = new SimulatedLab({ rules: RULES, channels: [aChannel()] });
  const isHot = (minute: number) => minute > 20 && minute < 24 * 60 && (minute < 30 || minute % 3 < 1);
  run(lab, 0, 24 * 60 + 30, (minute) => [
    aDevice({
      last_arrival_at: at(minute),
      status: aStatus({ reported_at: at(minute), cpu_temp_c: isHot(minute) ? 82 : 70 }),
    }),
  ]);
  expect(lab.messages.map(({ message }) => message.title)).toEqual([
    "Pi 1 is at 82.0 °C",
    "Resolved: Pi 1 is at 82.0 °C",
  ]);
});

test("a server that was away for the night tells of nobody who comes back with it", () => {
  const lab = new SimulatedLab({ rules: RULES, channels: [aChannel()] });
  run(lab, 0, 60, (minute) => fleet(minute, [1e9, 1e9]));
  // No rounds while it was away; the devices need some minutes to notice that it is back.
  run(lab, 600, 660, (minute) => fleet(minute, [60, 605]));
  expect(lab.messages).toEqual([]);
});

test("a clock that jumps a day ahead, or back, raises no alarm", () => {
  for (const jump of [24 * 60, -24 * 60]) {
    const lab = new SimulatedLab({ rules: RULES, channels: [aChannel()] });
    run(lab, 0, 60, (minute) => fleet(minute, [1e9, 1e9]));
    // The first rounds by the new clock see heartbeats by the old one.
    lab.round(at(60 + jump), fleet(60, [1e9, 1e9]));
    lab.round(at(60.5 + jump), fleet(60, [1e9, 1e9]));
    run(lab, 61 + jump, 120 + jump, (minute) => fleet(minute, [1e9, 1e9]));
    expect(lab.messages, `a jump of ${jump} minutes`).toEqual([]);
  }
});

test("a device that is away says nothing of its heat and its card, then or when it is back well", () => {
  const lab = new SimulatedLab({ rules: RULES, channels: [aChannel()] });
  run(lab, 0, 30, (minute) => fleet(minute, [1e9, 1e9], { cpu_temp_c: 82 }));
  run(lab, 30, 90, (minute) => fleet(minute, [30, 90], { cpu_temp_c: 82 }));
  run(lab, 90, 120, (minute) => fleet(minute, [30, 90], { cpu_temp_c: 60 }));
  const told = lab.messages.map(({ message: { rule_key, status } }) => `${rule_key} ${status}`);
  expect(told).toEqual([
    "device_hot firing",
    ...["device_silent firing", "device_silent firing"],
    ...["device_silent resolved", "device_silent resolved"],
    ...["device_hot resolved", "device_hot resolved"],
  ]);
  expect([sum(lab, "opened"), sum(lab, "resolved")]).toEqual([400, 400]);
});
