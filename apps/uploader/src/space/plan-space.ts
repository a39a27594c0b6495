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
  /** There is more than `freeable` shows: it is a page of a longer list. */
  moreFreeable: boolean;
  /** Whether the camera was told to stop by the last plan. */
  captureStopped: boolean;
}

/** What is to be done about space. */
export interface SpacePlan<Copy extends FreeableCopy = FreeableCopy> {
  /** Frees these, in this order. */
  free: { copy: Copy; because: "old" | "disk" }[];
  /** The camera has to stop, or to stay stopped: freeing is not enough. */
  stopCapture: boolean;
  /** Worth another look at once: `freeable` was a page, and the disk is still too full. */
  again: boolean;
}

/** Freeing goes on, and a stopped camera waits, until the disk is this far below its limit: no hopping about it. */
const HYSTERESIS_PERCENT = 2;
/** Stored further than this in the future: by a clock that ran ahead, at a time that nobody knows any more. */
const AHEAD_MS = 3_600_000;

/**
 * The ladder of local space, as one decision without side effects: copies older than `keepLocalMs` go; past
 * `maxDiskPercent` the oldest go until the disk is 2 points below it; when nothing is left to free, the camera stops.
 * Inodes count as bytes do. It only ever names what is in `freeable`.
 */
export function planSpace<Copy extends FreeableCopy>(
  state: SpaceState & { freeable: readonly Copy[] },
): SpacePlan<Copy> {
  const { nowMs, disk, keepLocalMs, maxDiskPercent, freeable, moreFreeable, captureStopped } = state;
  // A stopped camera waits for the lower mark; freeing, once begun, goes down to it too.
  const target = Math.max(0, maxDiskPercent - HYSTERESIS_PERCENT);
  const limit = captureStopped ? target : maxDiskPercent;
  const tooFull = usedPercent(disk) > limit;
  const rest = { ...disk };
  const free: SpacePlan<Copy>["free"] = [];
  for (const copy of freeable) {
    const ageMs = nowMs - copy.storedAtMs;
    const old = keepLocalMs !== null && (ageMs >= keepLocalMs || ageMs < -AHEAD_MS);
    if (!old && !(tooFull && usedPercent(rest) > target)) continue;
    free.push({ copy, because: old ? "old" : "disk" });
    rest.usedBytes = Math.max(0, rest.usedBytes - copy.sizeBytes);
    rest.availableBytes += Math.min(copy.sizeBytes, disk.usedBytes);
    rest.usedInodes = Math.max(0, rest.usedInodes - 1);
  }
  const stillTooFull = usedPercent(rest) > limit;
  return {
    free,
    stopCapture: stillTooFull && (captureStopped || !moreFreeable),
    again: stillTooFull && moreFreeable,
  };
}

/** What to say of a plan, loudly, in the log, in `status` and on the dashboard; null while there is space. */
export function describeSpace(
  plan: Pick<SpacePlan, "stopCapture">,
  {
    disk,
    maxDiskPercent,
    folders,
  }: Pick<SpaceState, "disk" | "maxDiskPercent"> & { folders: readonly string[] },
): string | null {
  if (!plan.stopCapture) return null;
  const full = `The disk is ${Math.floor(usedPercent(disk))} % full, past its limit of ${maxDiskPercent} %, and no copy may be freed: what is left is not stored yet or is not ours`;
  return folders.length === 0
    ? `${full}. Capture is stopped until there is space.`
    : `${full}. Whatever writes to ${folders.join(", ")} is filling the disk: stop it, or make space.`;
}
