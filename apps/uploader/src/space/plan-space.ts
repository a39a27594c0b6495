import { type DiskUsage, usedPercent } from "./disk-usage.ts";

/** A local copy that invariant 1 allows to free: verified, catalogued and confirmed, or a tombstone. */
export interface FreeableCopy {
  id: number;
  path: string;
  sizeBytes: number;
  /** When its row was committed, in ms since 1970. */
  storedAtMs: number;
}

/** What {@link planSpace} looks at. */
export interface SpaceState {
  nowMs: number;
  disk: DiskUsage;
  /** Longest time that a copy is kept; null: none goes for its age. */
  keepLocalMs: number | null;
  /** The disk may fill to here. */
  maxDiskPercent: number;
  /** What may be freed, the oldest first. */
  freeable: readonly FreeableCopy[];
  /** Whether the camera was told to stop by the last plan. */
  captureStopped: boolean;
}

/** A copy that is to go, and why. */
export interface PlannedCopy<Copy extends FreeableCopy = FreeableCopy> {
  copy: Copy;
  because: "old" | "disk";
}

/** Whether what was freed is enough. */
export interface SpaceVerdict {
  /** The camera has to stop, or to stay stopped: freeing is not enough. */
  stopCapture: boolean;
  /** Worth another look at once: there is more to free, and the disk is still too full. */
  again: boolean;
}

/** Freeing goes on, and a stopped camera waits, until the disk is this far below its limit: no hopping about it. */
const HYSTERESIS_PERCENT = 2;
/** Stored further than this in the future: by a clock that ran ahead, at a time that nobody knows any more. */
const AHEAD_MS = 3_600_000;

/**
 * The ladder of local space, as one decision without side effects: copies older than `keepLocalMs` go; past
 * `maxDiskPercent` the oldest go until the disk is 2 points below it. Inodes count as bytes do. It only ever names what is
 * in `freeable`, in this order.
 */
export function planSpace<Copy extends FreeableCopy>(
  state: SpaceState & { freeable: readonly Copy[] },
): PlannedCopy<Copy>[] {
  const { nowMs, disk, keepLocalMs, freeable } = state;
  const { target, limit } = marksOf(state);
  const tooFull = usedPercent(disk) > limit;
  const free: PlannedCopy<Copy>[] = [];
  let rest = disk;
  for (const copy of freeable) {
    const ageMs = nowMs - copy.storedAtMs;
    const old = keepLocalMs !== null && (ageMs >= keepLocalMs || ageMs < -AHEAD_MS);
    if (!old && !(tooFull && usedPercent(rest) > target)) continue;
    free.push({ copy, because: old ? "old" : "disk" });
    rest = without(rest, copy);
  }
  return free;
}

/**
 * Judges by what really was freed, as a deletion may be refused: when the disk is still too full and nothing is left to
 * free, the camera stops. `more`: there is something left.
 */
export function judgeSpace(
  state: Pick<SpaceState, "disk" | "maxDiskPercent" | "captureStopped">,
  freed: readonly FreeableCopy[],
  more: boolean,
): SpaceVerdict {
  const stillTooFull = usedPercent(freed.reduce(without, state.disk)) > marksOf(state).limit;
  return {
    stopCapture: stillTooFull && (state.captureStopped || !more),
    again: stillTooFull && more,
  };
}

/** A stopped camera waits for the lower mark; freeing, once begun, goes down to it too. */
function marksOf({ maxDiskPercent, captureStopped }: Pick<SpaceState, "maxDiskPercent" | "captureStopped">) {
  const target = Math.max(0, maxDiskPercent - HYSTERESIS_PERCENT);
  return { target, limit: captureStopped ? target : maxDiskPercent };
}

function without(disk: DiskUsage, { sizeBytes }: FreeableCopy): DiskUsage {
  return {
    ...disk,
    usedBytes: Math.max(0, disk.usedBytes - sizeBytes),
    availableBytes: disk.availableBytes + Math.min(sizeBytes, disk.usedBytes),
    usedInodes: Math.max(0, disk.usedInodes - 1),
  };
}

/** What to say of a verdict, loudly, in the log, in `status` and on the dashboard; null while there is space. */
export function describeSpace(
  verdict: Pick<SpaceVerdict, "stopCapture">,
  {
    disk,
    maxDiskPercent,
    folders,
  }: Pick<SpaceState, "disk" | "maxDiskPercent"> & { folders: readonly string[] },
): string | null {
  if (!verdict.stopCapture) return null;
  const full = `The disk is ${Math.floor(usedPercent(disk))} % full, past its limit of ${maxDiskPercent} %, and no copy may be freed: what is left is not stored yet, is not ours, or cannot be deleted`;
  return folders.length === 0
    ? `${full}. Capture is stopped until there is space.`
    : `${full}. Whatever writes to ${folders.join(", ")} is filling the disk: stop it, or make space.`;
}
