import type { CapturedAt } from "@pilab/storage-core";
import { describe, expect, test } from "vitest";
import { createClockKeeper } from "./clock-keeper.ts";

const BOOT = Date.UTC(2020, 0, 1);
const MINUTE = 60_000;

/** A machine whose clock stood at `BOOT` when it booted; `set` is how far it was put right since. */
function machine(synchronised: boolean | null = false) {
  const world = { upMs: 0, setMs: 0, bootId: "one", offsetMs: undefined as number | undefined, synchronised };
  const clock = createClockKeeper({
    serverOffsetMs: () => world.offsetMs,
    readSynchronised: async () => world.synchronised,
    takeStamp: () => ({ bootId: world.bootId, epochMs: BOOT + world.setMs }),
    monotonic: () => world.upMs,
  });
  const taken = (atMs: number, source: CapturedAt["source"] = "exif"): CapturedAt => ({
    capturedAt: new Date(BOOT + atMs),
    source,
    trusted: true,
    rejected: [],
  });
  return { world, clock, taken };
}

describe("createClockKeeper", () => {
  test("has captures wait for a known clock, for ten minutes at most", () => {
    const { world, clock } = machine();
    expect(clock.decide().kind).toBe("wait");
    world.upMs = 10 * MINUTE;
    expect(clock.decide().kind).toBe("unknown");
    world.offsetMs = 500;
    expect(clock.decide()).toMatchObject({ kind: "known", offsetMs: 0 });
  });

  test("notes nothing while the clock is right", async () => {
    const { clock } = machine(true);
    await clock.look();
    expect(clock.stamp()).toBeUndefined();
  });

  test("corrects a time by the step that the clock made since, or by the server's clock", async () => {
    const year = 365 * 24 * 60 * MINUTE;
    const { world, clock, taken } = machine();
    world.upMs = 5 * MINUTE;
    const stamp = clock.stamp();
    world.offsetMs = year;
    expect(clock.correct(taken(4 * MINUTE), stamp).capturedAt).toEqual(new Date(BOOT + 4 * MINUTE + year));
    Object.assign(world, { setMs: year, offsetMs: 0, synchronised: true });
    await clock.look();
    const corrected = clock.correct(taken(4 * MINUTE), stamp);
    expect(corrected).toMatchObject({ capturedAt: new Date(BOOT + 4 * MINUTE + year), trusted: true });
  });

  test("leaves times of another clock alone: a sidecar's, and pictures older than the boot", () => {
    const { world, clock, taken } = machine();
    world.upMs = 5 * MINUTE;
    const stamp = clock.stamp();
    world.offsetMs = 1e9;
    const older = taken(-60 * MINUTE);
    expect(clock.correct(older, stamp)).toEqual(older);
    const said = taken(MINUTE, "sidecar");
    expect(clock.correct(said, stamp)).toEqual(said);
  });

  test("trusts no time of an unknown clock, nor of one that a boot has made incomparable", () => {
    const { world, clock, taken } = machine();
    const stamp = clock.stamp();
    expect(clock.correct(taken(0), stamp).trusted).toBe(false);
    Object.assign(world, { offsetMs: 1e9, bootId: "two" });
    expect(clock.correct(taken(0), stamp)).toMatchObject({ trusted: false, capturedAt: new Date(BOOT) });
  });
});
