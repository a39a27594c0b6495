import type { CapturedAt } from "@pilab/storage-core";
import { describe, expect, test } from "vitest";
import { createClockKeeper } from "./clock-keeper.ts";

const BOOT = Date.UTC(2020, 0, 1);
const MINUTE = 60_000;

/** A machine whose clock stood at `BOOT` when it booted; `set` is how far it was put right since. */
function machine(synchronised: boolean | null = false) {
  const world = {
    upMs: 0,
    setMs: 0,
    bootId: "one",
    offsetMs: undefined as number | undefined,
    synchronised,
    jumps: [] as number[],
  };
  const clock = createClockKeeper({
    serverOffsetMs: () => world.offsetMs,
    onSet: (ms) => world.jumps.push(ms),
    readSynchronised: async () => world.synchronised,
    takeStamp: () => ({ bootId: world.bootId, epochMs: BOOT + world.setMs }),
    monotonic: () => world.upMs,
    now: () => BOOT + world.setMs + world.upMs,
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

  test("corrects the time of a picture that was taken before the clock was set and taken in after", async () => {
    const day = 24 * 60 * MINUTE;
    const { world, clock, taken } = machine();
    world.upMs = 5 * MINUTE;
    Object.assign(world, { setMs: day, synchronised: true });
    clock.tick();
    expect(world.jumps).toEqual([day]);
    await clock.look();
    world.upMs = 6 * MINUTE;
    const of = (atMs: number) => {
      const time = taken(atMs);
      return clock.correct(time, clock.stamp(time.capturedAt.getTime())).capturedAt;
    };
    expect(of(4 * MINUTE)).toEqual(new Date(BOOT + 4 * MINUTE + day));
    expect(of(day + 5.5 * MINUTE)).toEqual(new Date(BOOT + day + 5.5 * MINUTE));
    // Copied here, from before the boot or from between: no clock of this boot ever said so.
    expect(of(-MINUTE)).toEqual(new Date(BOOT - MINUTE));
    expect(of(60 * MINUTE)).toEqual(new Date(BOOT + 60 * MINUTE));
  });

  test("takes a picture for a new one where a clock was set back over the time that it names", async () => {
    const { world, clock, taken } = machine();
    world.upMs = 5 * MINUTE;
    Object.assign(world, { setMs: -2 * MINUTE, synchronised: true });
    clock.tick();
    await clock.look();
    world.upMs = 6 * MINUTE;
    const time = taken(3.5 * MINUTE);
    expect(clock.correct(time, clock.stamp(time.capturedAt.getTime()))).toEqual(time);
    const early = taken(2 * MINUTE);
    const stamp = clock.stamp(early.capturedAt.getTime());
    expect(clock.correct(early, stamp).capturedAt).toEqual(new Date(BOOT));
  });

  test("believes a clock that was right before somebody set it", async () => {
    const { world, clock, taken } = machine(true);
    await clock.look();
    world.upMs = 5 * MINUTE;
    world.setMs = 60 * MINUTE;
    clock.tick();
    expect(clock.stamp(taken(4 * MINUTE).capturedAt.getTime())).toBeUndefined();
  });

  test("corrects by no offset that was measured before the clock was set", () => {
    const { world, clock } = machine();
    world.offsetMs = 60 * MINUTE;
    world.setMs = 60 * MINUTE;
    clock.tick();
    expect(clock.decide()).toMatchObject({ kind: "known", offsetMs: 0 });
    world.offsetMs = 3000;
    expect(clock.decide()).toMatchObject({ offsetMs: 3000 });
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
