import { describe, expect, test } from "vitest";
import { type DiskUsage, usedPercent } from "./disk-usage.ts";
import { describeSpace, type FreeableCopy, planSpace, type SpaceState } from "./plan-space.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 24);

function disk(percentUsed: number, percentOfInodes = 1): DiskUsage {
  return {
    totalBytes: 1000,
    usedBytes: percentUsed * 10,
    availableBytes: 1000 - percentUsed * 10,
    totalInodes: 100,
    usedInodes: percentOfInodes,
  };
}

/** Copies of 1 % of the disk each, one a day, the oldest first. */
function copies(count: number): FreeableCopy[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index,
    path: `/spool/${index}.jpg`,
    sizeBytes: 10,
    storedAtMs: NOW_MS - (count - index) * DAY_MS,
  }));
}

function state(changes: Partial<SpaceState>): SpaceState {
  return {
    nowMs: NOW_MS,
    disk: disk(50),
    keepLocalMs: 7 * DAY_MS,
    maxDiskPercent: 80,
    freeable: [],
    moreFreeable: false,
    captureStopped: false,
    ...changes,
  };
}

const ids = (plan: ReturnType<typeof planSpace>) => plan.free.map(({ copy }) => copy.id);

describe("planSpace", () => {
  test("frees only what is older than keep-local while there is space", () => {
    const plan = planSpace(state({ freeable: copies(10) }));
    expect(ids(plan)).toEqual([0, 1, 2, 3]);
    expect(plan.free.every(({ because }) => because === "old")).toBe(true);
    expect(plan).toMatchObject({ stopCapture: false, again: false });
  });

  test("past the limit frees the oldest, young ones too, down to two points below it and no further", () => {
    const plan = planSpace(state({ disk: disk(83), freeable: copies(6) }));
    expect(ids(plan)).toEqual([0, 1, 2, 3, 4]);
    expect(plan.free.every(({ because }) => because === "disk")).toBe(true);
    expect(plan.stopCapture).toBe(false);
  });

  test("at the limit, not past it, frees nothing", () => {
    expect(planSpace(state({ disk: disk(80), freeable: copies(6) })).free).toEqual([]);
  });

  test("stops the camera when all that may be freed is not enough", () => {
    const plan = planSpace(state({ disk: disk(90), freeable: copies(6) }));
    expect(ids(plan)).toHaveLength(6);
    expect(plan).toMatchObject({ stopCapture: true, again: false });
  });

  test("asks for the next page before it stops the camera", () => {
    const plan = planSpace(state({ disk: disk(90), freeable: copies(6), moreFreeable: true }));
    expect(plan).toMatchObject({ stopCapture: false, again: true });
  });

  test("a stopped camera goes on only two points below the limit", () => {
    expect(planSpace(state({ disk: disk(79), captureStopped: true })).stopCapture).toBe(true);
    expect(planSpace(state({ disk: disk(78), captureStopped: true })).stopCapture).toBe(false);
    const page = state({ disk: disk(90), captureStopped: true, freeable: copies(6), moreFreeable: true });
    expect(planSpace(page)).toMatchObject({ stopCapture: true, again: true });
  });

  test("counts inodes as it counts bytes", () => {
    expect(ids(planSpace(state({ disk: disk(10, 83), freeable: copies(6) })))).toEqual([0, 1, 2, 3, 4]);
    expect(planSpace(state({ disk: disk(10, 90) })).stopCapture).toBe(true);
  });

  test("counts a copy as old that was stored while the clock ran ahead, but not for the little that clocks differ", () => {
    const [ahead, little] = [{ storedAtMs: NOW_MS + 365 * DAY_MS }, { storedAtMs: NOW_MS + 60_000 }];
    const freeable = copies(2).map((copy, index) => ({ ...copy, ...(index === 0 ? ahead : little) }));
    expect(ids(planSpace(state({ freeable })))).toEqual([0]);
    expect(ids(planSpace(state({ freeable, keepLocalMs: null })))).toEqual([]);
    expect(ids(planSpace(state({ freeable, keepLocalMs: null, disk: disk(90) })))).toEqual([0, 1]);
  });

  test("with keep-local 0 every copy goes at once", () => {
    expect(ids(planSpace(state({ keepLocalMs: 0, freeable: copies(3) })))).toEqual([0, 1, 2]);
  });

  test("settles: a disk that the plan was carried out on gets an empty plan", () => {
    for (let percentUsed = 0; percentUsed <= 100; percentUsed += 1) {
      for (const captureStopped of [false, true]) {
        const before = state({
          disk: disk(percentUsed),
          keepLocalMs: 30 * DAY_MS,
          freeable: copies(9),
          captureStopped,
        });
        const plan = planSpace(before);
        const freed = new Set(ids(plan));
        const after = planSpace({
          ...before,
          disk: disk(percentUsed - freed.size),
          freeable: before.freeable.filter(({ id }) => !freed.has(id)),
          captureStopped: plan.stopCapture,
        });
        expect(after.free).toEqual([]);
        expect(after.stopCapture).toBe(plan.stopCapture);
      }
    }
  });
});

test("usedPercent counts what root keeps for itself as not ours, as df does", () => {
  const withRootShare = {
    totalBytes: 1000,
    usedBytes: 475,
    availableBytes: 475,
    totalInodes: 0,
    usedInodes: 0,
  };
  expect(usedPercent(withRootShare)).toBe(50);
});

test("describeSpace names the folders whose camera fills the disk, or says that capture is stopped", () => {
  const full = { disk: disk(91), maxDiskPercent: 80 };
  expect(describeSpace({ stopCapture: false }, { ...full, folders: [] })).toBeNull();
  expect(describeSpace({ stopCapture: true }, { ...full, folders: [] })).toContain("Capture is stopped");
  expect(describeSpace({ stopCapture: true }, { ...full, folders: ["/srv/cam"] })).toContain(
    "Whatever writes to /srv/cam is filling the disk",
  );
});
