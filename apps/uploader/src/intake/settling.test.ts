import { expect, it } from "vitest";
import { judge, type Look } from "./settling.ts";

const times = { settleMs: 2000, giveUpMs: 60_000, sidecarWaitMs: 10_000 };
const whole: Look = { quietMs: 2000, fault: undefined, sidecar: "absent" };
const half: Look = { ...whole, fault: "cut off" };

it.each([
  [
    "finishes a whole file whose sidecar is there",
    { ...whole, sidecar: "present" as const },
    { kind: "finish" },
  ],
  ["waits for a sidecar", whole, { kind: "look_again", inMs: 2000 }],
  [
    "waits for a sidecar to become readable",
    { ...whole, quietMs: 9500, sidecar: "unreadable" as const },
    { kind: "look_again", inMs: 500 },
  ],
  ["finishes without a sidecar when its time is over", { ...whole, quietMs: 10_000 }, { kind: "finish" }],
  [
    "finishes with a sidecar that stayed unreadable",
    { ...whole, quietMs: 10_000, sidecar: "unreadable" as const },
    { kind: "finish" },
  ],
  ["gives a half-written file its time", half, { kind: "look_again", inMs: 58_000 }],
  [
    "gives a file up that stayed half-written",
    { ...half, quietMs: 60_000 },
    { kind: "give_up", reason: "cut off" },
  ],
] as const)("%s", (_, look, step) => {
  expect(judge(look, times)).toEqual(step);
});

it("keeps no picture waiting for a sidecar when none is to be waited for", () => {
  expect(judge(whole, { ...times, sidecarWaitMs: 0 })).toEqual({ kind: "finish" });
});
