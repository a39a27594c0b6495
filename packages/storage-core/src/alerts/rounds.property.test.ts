import fc from "fast-check";
import { expect, test } from "vitest";
import { SimulatedLab } from "./simulate.ts";
import { aChannel, aDevice, aRule, aStatus, NOW, uuid } from "./testing.ts";

const RULES = [
  aRule("device_silent", { open_after_s: 0, resolve_after_s: 120 }, { severity: "critical" }),
  aRule("device_hot", { temp_c: 80, critical_temp_c: 85, open_after_s: 60, resolve_after_s: 120 }),
];
const CHANNELS = [aChannel(), aChannel({ id: uuid(901), name: "critical-only", min_severity: "critical" })];

/** A minute in the life of a lab of three. */
const minute = fc.record({
  devices: fc.tuple(
    ...[1, 2, 3].map(() =>
      fc.record({ alive: fc.boolean(), temp: fc.constantFrom(60, 82, 88), paused: fc.boolean() }),
    ),
  ),
  lasts: fc.constantFrom(1, 1, 4, 12),
  /** The worker is killed between deciding and applying. */
  dies: fc.boolean(),
  marks: fc.constantFrom("none", "none", "acknowledge", "silence"),
  /** Minutes by which the server's clock jumps. */
  jump: fc.constantFrom(0, 0, 0, 0, 0, 500, -500),
});

type Minute = typeof minute extends fc.Arbitrary<infer T> ? T : never;

function live(minutes: Minute[]): SimulatedLab {
  const lab = new SimulatedLab({ rules: RULES, channels: CHANNELS });
  let nowMs = Date.parse(NOW);
  const beats = [0, 0, 0];
  const step = (step: Omit<Minute, "lasts" | "jump">) => {
    nowMs += 30_000;
    const devices = step.devices.map(({ alive, temp, paused }, n) => {
      if (alive) beats[n] = nowMs;
      const status = beats[n]
        ? aStatus({ reported_at: new Date(beats[n]).toISOString(), cpu_temp_c: temp })
        : null;
      const paused_until = paused ? new Date(nowMs + 3_600_000).toISOString() : null;
      return aDevice({ id: uuid(n + 1), name: `Pi ${n + 1}`, status, paused_until, last_arrival_at: null });
    });
    lab.round(new Date(nowMs).toISOString(), devices, { dies: step.dies });
    const silenced_until = new Date(nowMs + 600_000).toISOString();
    lab.state.alerts = lab.state.alerts.map((alert) => {
      if (alert.state === "resolved" || step.marks === "none") return alert;
      if (step.marks === "silence") return { ...alert, silenced_until };
      return { ...alert, state: "acknowledged", acknowledged_at: silenced_until };
    });
  };
  for (const { jump, lasts, ...of } of minutes) {
    nowMs += jump * 60_000;
    for (let rounds = 0; rounds < lasts * 2; rounds += 1) step(of);
  }
  const well = { alive: true, temp: 60 as const, paused: false };
  for (let rounds = 0; rounds < 60; rounds += 1)
    step({ devices: [well, well, well], dies: false, marks: "none" });
  return lab;
}

test("whatever happens, each alert is opened once, told once to each channel, and its end only to who was told", () => {
  fc.assert(
    fc.property(fc.array(minute, { maxLength: 40 }), (minutes) => {
      const lab = live(minutes);
      for (const { id } of CHANNELS) {
        const known = new Map<string, string>();
        for (const { message, channel_id } of lab.messages) {
          if (channel_id !== id) continue;
          for (const { id: alert, change, severity } of message.alerts) {
            if (change === "opened") expect(known.has(alert)).toBe(false);
            else expect(known.has(alert)).toBe(true);
            if (change === "rose") expect(severity).toBe("critical");
            if (change === "resolved") known.delete(alert);
            else known.set(alert, severity);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("whatever happens, there is one open alert for a rule and a subject, and none is left when all is well", () => {
  fc.assert(
    fc.property(fc.array(minute, { maxLength: 40 }), (minutes) => {
      const lab = live(minutes);
      expect(lab.mostOpen).toBeLessThanOrEqual(1);
      expect(lab.state.alerts.filter(({ state }) => state !== "resolved")).toEqual([]);
      for (const { told } of lab.state.groups) expect(told).toEqual({});
    }),
    { numRuns: 300 },
  );
});
