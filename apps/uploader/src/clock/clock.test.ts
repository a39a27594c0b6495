import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decideClock } from "./clock-decision.ts";
import { stepBetween, takeClockStamp } from "./clock-stamp.ts";
import { createJumpWatch } from "./jump-watch.ts";
import { readSynchronised } from "./read-synchronised.ts";

const MINUTE_MS = 60_000;

describe("decideClock", () => {
  test("trusts a synchronised clock at once, and says when the server's is minutes away from it", () => {
    const waitedMs = 0;
    expect(decideClock({ synchronised: true, serverOffsetMs: undefined, waitedMs })).toEqual({
      kind: "known",
      offsetMs: 0,
      by: "synchronisation",
    });
    expect(decideClock({ synchronised: true, serverOffsetMs: -1400, waitedMs })).not.toHaveProperty(
      "disagreementMs",
    );
    expect(decideClock({ synchronised: true, serverOffsetMs: 3_600_000, waitedMs })).toMatchObject({
      offsetMs: 0,
      disagreementMs: 3_600_000,
    });
  });

  test.each([false, null])("takes the server's offset where synchronisation is %s", (synchronised) => {
    expect(decideClock({ synchronised, serverOffsetMs: 1.7e12, waitedMs: 0 })).toEqual({
      kind: "known",
      offsetMs: 1.7e12,
      by: "server",
    });
    expect(decideClock({ synchronised, serverOffsetMs: 900, waitedMs: 0 })).toMatchObject({ offsetMs: 0 });
  });

  test("waits at most ten minutes for a clock, then goes on without", () => {
    const nothing = { synchronised: false, serverOffsetMs: undefined };
    expect(decideClock({ ...nothing, waitedMs: 0 })).toEqual({ kind: "wait", forMs: 10 * MINUTE_MS });
    expect(decideClock({ ...nothing, waitedMs: 9 * MINUTE_MS })).toEqual({ kind: "wait", forMs: MINUTE_MS });
    expect(decideClock({ ...nothing, waitedMs: 10 * MINUTE_MS })).toEqual({ kind: "unknown" });
  });
});

describe("clock stamps", () => {
  test("tell how far the clock was set within a boot, and nothing across boots", () => {
    const stamp = (bootId: string | null, wallMs: number, monotonicMs: number) => ({
      ...takeClockStamp({ root: "/nowhere", now: () => wallMs, monotonic: () => monotonicMs }),
      bootId,
    });
    const early = stamp("a", 5000, 4000);
    expect(stepBetween(early, stamp("a", 65_000, 64_000))).toBe(0);
    expect(stepBetween(early, stamp("a", 65_001, 64_000))).toBe(0);
    expect(stepBetween(early, stamp("a", 1.7e12 + 65_000, 64_000))).toBe(1.7e12);
    expect(stepBetween(early, stamp("b", 65_000, 64_000))).toBeNull();
    expect(stepBetween(stamp(null, 1, 0), stamp(null, 1, 0))).toBeNull();
  });

  test.runIf(process.platform === "linux")("are the same in every process of this boot", () => {
    const stamp = takeClockStamp();
    expect(stamp.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(Math.abs(stepBetween(stamp, takeClockStamp()) ?? Number.NaN)).toBeLessThan(1000);
  });
});

test("a jump of the wall clock is told once, in its direction; drift never is", () => {
  const time = { wallMs: 0, monotonicMs: 0 };
  const watch = createJumpWatch({ now: () => time.wallMs, monotonic: () => time.monotonicMs });
  const pass = (monotonicMs: number, wallMs = monotonicMs) => {
    time.monotonicMs += monotonicMs;
    time.wallMs += wallMs;
    return watch.check();
  };
  expect(pass(MINUTE_MS)).toBe(0);
  expect(pass(MINUTE_MS, MINUTE_MS + 3_600_000)).toBe(3_600_000);
  expect(pass(MINUTE_MS)).toBe(0);
  expect(pass(MINUTE_MS, -3_600_000)).toBe(-3_660_000);
  for (let minute = 0; minute < 100; minute += 1) expect(pass(MINUTE_MS, MINUTE_MS + 100)).toBe(0);
});

describe("readSynchronised", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pilab-clock-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const linux = { platform: "linux" } as const;

  test("believes timesyncd's file and asks no program then", async () => {
    mkdirSync(join(root, "run/systemd/timesync"), { recursive: true });
    writeFileSync(join(root, "run/systemd/timesync/synchronized"), "");
    const run = () => Promise.reject(new Error("asked"));
    expect(await readSynchronised({ ...linux, root, run })).toBe(true);
  });

  test.each([
    ["yes\n", true],
    ["no\n", false],
    ["", null],
    [null, null],
  ])("takes timedatectl's %j as %s", async (answer, expected) => {
    expect(await readSynchronised({ ...linux, root, run: async () => answer })).toBe(expected);
  });

  test("does not know off Linux", async () => {
    expect(await readSynchronised({ root, platform: "darwin" })).toBeNull();
  });
});
