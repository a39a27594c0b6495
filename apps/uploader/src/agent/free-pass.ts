import { sep } from "node:path";
import type { PilabLogger } from "@pilab/logging";
import type { Journal } from "../journal/journal.ts";
import type { StoredFile } from "../journal/types.ts";
import {
  type DiskUsage,
  describeSpace,
  freeCopy,
  planSpace,
  pullCaptureBrake,
  type Reserve,
  readDiskUsage,
  releaseCaptureBrake,
  usedPercent,
} from "../space/index.ts";

/** What {@link createFreePass} takes. */
export interface FreePassOptions {
  readonly journal: Pick<Journal, "freeable" | "free">;
  /** The agent's spool, and what `--free` names: nothing else is ever freed. */
  readonly roots: readonly string[];
  /** Folders that somebody else fills. */
  readonly folders: readonly string[];
  readonly keepLocalMs: number;
  readonly maxDiskPercent: number;
  /** Old copies are looked for so seldom while the disk has space: the look passes over all that is not ours. */
  readonly freeEveryMs: number;
  readonly reserve: Reserve;
  readonly brakePath: string;
  readonly logger: Pick<PilabLogger, "info" | "warn" | "error">;
  readonly now?: () => number;
  readonly readDisk?: () => Promise<DiskUsage>;
}

/** Keeps the disk from filling, as far as invariant 1 lets it. */
export interface FreePass {
  /** One look, and what follows from it. */
  run(): Promise<void>;
  /** What to say loudly; null while there is space. */
  readonly complaint: string | null;
  readonly disk: DiskUsage | null;
}

const PAGE = 500;

/** Makes the pass; the brake of a process before this one holds until the first look. */
export function createFreePass(options: FreePassOptions): FreePass {
  const { journal, roots, folders, keepLocalMs, maxDiskPercent, freeEveryMs, reserve, brakePath, logger } =
    options;
  const { now = Date.now, readDisk = () => readDiskUsage(roots[0] as string) } = options;
  let captureStopped = false;
  let complaint: string | null = null;
  let disk: DiskUsage | null = null;
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  function freeOne(copy: StoredFile): boolean {
    try {
      return freeCopy(copy, roots) !== "outside";
    } catch (err) {
      logger.warn({ err, path: copy.path }, "a local copy could not be freed");
      return false;
    }
  }

  async function step(): Promise<boolean> {
    disk = await readDisk();
    const nowMs = now();
    const { freeable, moreFreeable } = listFreeable(nowMs + 1);
    const state = { nowMs, disk, keepLocalMs, maxDiskPercent, freeable, moreFreeable, captureStopped };
    const plan = planSpace(state);
    const gone = plan.free.filter(({ copy }) => freeOne(copy)).map(({ copy }) => copy.id);
    if (gone.length > 0) {
      await reserve.run(() => journal.free(gone));
      logger.info({ copies: gone.length }, "freed local copies of what is stored");
    }
    await brake(plan.stopCapture, describeSpace(plan, { disk, maxDiskPercent, folders }));
    return gone.length > 0 && (plan.again || (moreFreeable && gone.length === freeable.length));
  }

  /** A page of what may go and is ours: a folder that somebody else keeps may list thousands before it. */
  function listFreeable(storedBeforeMs: number): { freeable: StoredFile[]; moreFreeable: boolean } {
    const freeable: StoredFile[] = [];
    for (let after: StoredFile | undefined; freeable.length < PAGE; ) {
      const page = journal.freeable({ storedBeforeMs, limit: PAGE, after });
      freeable.push(...page.filter(({ path }) => roots.some((root) => path.startsWith(root + sep))));
      after = page.at(-1);
      if (page.length < PAGE) return { freeable, moreFreeable: false };
    }
    return { freeable, moreFreeable: true };
  }

  async function brake(stop: boolean, reason: string | null): Promise<void> {
    if (reason !== null && complaint === null) logger.error(reason);
    complaint = reason;
    if (stop) await pullCaptureBrake(brakePath, reason ?? "the disk is full");
    else await releaseCaptureBrake(brakePath);
    captureStopped = stop;
  }

  return {
    get complaint() {
      return complaint;
    },
    get disk() {
      return disk;
    },
    async run() {
      disk = await readDisk();
      const isDue = now() - lookedAtMs >= freeEveryMs || now() < lookedAtMs;
      if (isDue || captureStopped || usedPercent(disk) > maxDiskPercent) {
        lookedAtMs = now();
        for (let again = true; again; ) again = await step();
      }
      await reserve.make();
    },
  };
}
