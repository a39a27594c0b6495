import { describe, expect, test } from "vitest";
import { type DiskUsage, usedPercent } from "./disk-usage.ts";
import { describeSpace, type FreeableCopy, judgeSpace, planSpace, type SpaceState } from "./plan-space.ts";

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

type State = SpaceState & { moreFreeable: boolean };

function state(changes: Partial<State>): State {
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

/** The plan, and the verdict when it was carried out. */
function plan(before: State) {
  const free = planSpace(before);
  const freed = free.map(({ copy }) => copy);
  return { free, ...judgeSpace(before, freed, before.moreFreeable) };
}

const ids = ({ free }: ReturnType<typeof plan>) => free.map(({ copy }) => copy.id);

describe("planSpace and judgeSpace", () => {
  test("frees only what is older than keep-local while there is space", () => {
    const found = plan(state({ freeable: copies(10) }));
    expect(ids(found)).toEqual([0, 1, 2, 3]);
    expect(found.free.every(({ because }) => because === "old")).toBe(true);
    expect(found).toMatchObject({ stopCapture: false, again: false });
  });

  test("past the limit frees the oldest, young ones too, down to two points below it and no further", () => {
    const found = plan(state({ disk: disk(83), freeable: copies(6) }));
    expect(ids(found)).toEqual([0, 1, 2, 3, 4]);
    expect(found.free.every(({ because }) => because === "disk")).toBe(true);
    expect(found.stopCapture).toBe(false);
  });

  test("at the limit, not past it, frees nothing", () => {
    expect(plan(state({ disk: disk(80), freeable: copies(6) })).free).toEqual([]);
  });

  test("stops the camera when all that may be freed is not enough", () => {
    const found = plan(state({ disk: disk(90), freeable: copies(6) }));
    expect(ids(found)).toHaveLength(6);
    expect(found).toMatchObject({ stopCapture: true, again: false });
  });

  test("judges by what was freed: where every deletion is refused the camera stops", () => {
    const before = state({ disk: disk(90), freeable: copies(20) });
    expect(planSpace(before)).toHaveLength(14);
    expect(judgeSpace(before, [], false)).toEqual({ stopCapture: true, again: false });
  });

  test("asks for the next page before it stops the camera", () => {
    const found = plan(state({ disk: disk(90), freeable: copies(6), moreFreeable: true }));
    expect(found).toMatchObject({ stopCapture: false, again: true });
  });

  test("a stopped camera goes on only two points below the limit", () => {
    expect(plan(state({ disk: disk(79), captureStopped: true })).stopCapture).toBe(true);
    expect(plan(state({ disk: disk(78), captureStopped: true })).stopCapture).toBe(false);
    const page = state({ disk: disk(90), captureStopped: true, freeable: copies(6), moreFreeable: true });
    expect(plan(page)).toMatchObject({ stopCapture: true, again: true });
  });

  test("counts inodes as it counts bytes", () => {
    expect(ids(plan(state({ disk: disk(10, 83), freeable: copies(6) })))).toEqual([0, 1, 2, 3, 4]);
    expect(plan(state({ disk: disk(10, 90) })).stopCapture).toBe(true);
  });

  test("counts a copy as old that was stored while the clock ran ahead, but not for the little that clocks differ", () => {
    const [ahead, little] = [{ storedAtMs: NOW_MS + 365 * DAY_MS }, { storedAtMs: NOW_MS + 60_000 }];
    const freeable = copies(2).map((copy, index) => ({ ...copy, ...(index === 0 ? ahead : little) }));
    expect(ids(plan(state({ freeable })))).toEqual([0]);
    expect(ids(plan(state({ freeable, keepLocalMs: null })))).toEqual([]);
    expect(ids(plan(state({ freeable, keepLocalMs: null, disk: disk(90) })))).toEqual([0, 1]);
  });

  test("with keep-local 0 every copy goes at once", () => {
    expect(ids(plan(state({ keepLocalMs: 0, freeable: copies(3) })))).toEqual([0, 1, 2]);
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
        const found = plan(before);
        const freed = new Set(ids(found));
        const after = plan({
          ...before,
          disk: disk(percentUsed - freed.size),
          freeable: before.freeable.filter(({ id }) => !freed.has(id)),
          captureStopped: found.stopCapture,
        });
        expect(after.free).toEqual([]);
        expect(after.stopCapture).toBe(found.stopCapture);
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
