import { stat } from "node:fs/promises";
import { dirname, sep } from "node:path";
import type { PilabLogger } from "@pilab/logging";
import type { Journal } from "../journal/journal.ts";
import type { StoredFile } from "../journal/types.ts";
import {
  type DiskUsage,
  describeDeletionRefusal,
  describeSpace,
  type FreeResult,
  findDeletionRefusal,
  freeCopy,
  judgeSpace,
  planSpace,
  pullCaptureBrake,
  type Reserve,
  readDiskUsage,
  releaseCaptureBrake,
  usedPercent,
} from "../space/index.ts";
import { createSidecarFreeing } from "./free-sidecars.ts";

/** What {@link createFreePass} takes. */
export interface FreePassOptions {
  readonly journal: Pick<Journal, "freeable" | "isFreeable" | "free" | "note" | "noteFirmly" | "noted">;
  /** The agent's spool, and what `--free` names: nothing else is ever freed. */
  readonly roots: readonly string[];
  /** Folders that somebody else fills. */
  readonly folders: readonly string[];
  readonly keepLocalMs: number;
  readonly maxDiskPercent: number;
  /** Old copies are looked for so seldom while the disk has space: the look passes over all that is not ours. */
  readonly freeEveryMs: number;
  /**
   * Asks the server which of these it holds still, or has removed itself; null when it does not answer. Then its answer of
   * an hour after the upload frees what the disk needs, and age waits.
   */
  readonly mayGo: (files: readonly StoredFile[]) => Promise<ReadonlySet<number> | null>;
  readonly reserve: Reserve;
  readonly brakePath: string;
  readonly logger: Pick<PilabLogger, "info" | "warn" | "error">;
  readonly now?: () => number;
}

/** Keeps disks from filling, as far as invariant 1 lets it. */
export interface FreePass {
  /** One look, and what follows from it, step by step. */
  run(onStep?: () => void): Promise<void>;
  /** What to say loudly; null while there is space. */
  readonly complaint: string | null;
  /** Where copies may not be deleted, and what helps; null where all may. */
  readonly refusal: string | null;
  /** That of the spool. */
  readonly disk: DiskUsage | null;
}

/** A disk, and the folders on it that somebody else fills. */
interface Place {
  readonly path: string;
  readonly device: bigint;
  readonly folders: string[];
}

const PAGE = 500;
const STAYS: ReadonlySet<FreeResult | "refused"> = new Set(["outside", "remounted", "refused"]);

/** Makes the pass; the brake of a process before this one holds until the first look. */
export function createFreePass(options: FreePassOptions): FreePass {
  const { journal, roots, folders, keepLocalMs, maxDiskPercent, freeEveryMs, reserve, brakePath, logger } =
    options;
  const { mayGo, now = Date.now } = options;
  /** What to say, by disk: while something stands here, it is past its limit. */
  const complaints = new Map<bigint, string>();
  const sidecars = createSidecarFreeing({ journal, reserve, roots, logger });
  let disk: DiskUsage | null = null;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  /** What to say of a root in which deletions are refused. */
  const refusals = new Map<string, string>();
  /** Folders in which one was refused in this look: nothing more is tried in them. */
  const barred = new Set<string>();

  function rootOf(path: string): string | undefined {
    return roots.find((root) => path.startsWith(root + sep));
  }

  function refuse(root: string, why: string): void {
    if (refusals.get(root) !== why) logger.error(why);
    refusals.set(root, why);
  }

  /** Deletes a copy; "refused" where the system does not let us. */
  function freeOne(copy: StoredFile): FreeResult | "refused" {
    const folder = dirname(copy.path);
    if (barred.has(folder)) return "refused";
    try {
      const result = freeCopy(copy, roots);
      sidecars.freed(copy, result);
      return result;
    } catch (error) {
      const { code = String(error) } = (error as { cause?: NodeJS.ErrnoException }).cause ?? {};
      barred.add(folder);
      refuse(rootOf(copy.path) ?? folder, describeDeletionRefusal(folder, code));
      return "refused";
    }
  }

  /** The spool's disk first; a folder that is not there now lies on none. */
  async function listPlaces(): Promise<[Place, ...Place[]]> {
    const spool = roots[0] as string;
    const own: Place = { path: spool, device: (await stat(spool, { bigint: true })).dev, folders: [] };
    const places: [Place, ...Place[]] = [own];
    for (const path of folders) {
      const device = (await stat(path, { bigint: true }).catch(() => null))?.dev;
      if (device === undefined) continue;
      const known = places.find((place) => place.device === device);
      if (known === undefined) places.push({ path, device, folders: [path] });
      else known.folders.push(path);
    }
    return places;
  }

  async function step(place: Place, places: readonly [Place, ...Place[]]): Promise<boolean> {
    const usage = await readDiskUsage(place.path);
    const nowMs = now();
    // A file whose disk has another number since is left to the spool's look, which leaves it until the scan has seen it.
    const others = places.slice(1).map(({ device }) => device);
    const isHere = ({ device }: StoredFile) =>
      place === places[0] ? !others.includes(device) : device === place.device;
    const { freeable, moreFreeable } = listFreeable(isHere);
    const captureStopped = complaints.has(place.device);
    const state = { nowMs, disk: usage, keepLocalMs, maxDiskPercent, freeable, captureStopped };
    const wanted = planSpace(state);
    const answer = wanted.length === 0 ? null : await mayGo(wanted.map(({ copy }) => copy));
    const plan = answer === null ? planSpace({ ...state, keepLocalMs: null }) : wanted;
    const copies = plan.map(({ copy }) => copy).filter(({ id }) => answer === null || answer.has(id));
    const barredBefore = barred.size;
    await sidecars.begin(copies);
    // The journal has the last word: from here to the deletions nothing else runs.
    const results = copies
      .filter(({ id }) => journal.isFreeable(id))
      .map((copy) => ({ copy, result: freeOne(copy) }));
    const gone = results.filter(({ result }) => !STAYS.has(result)).map(({ copy }) => copy.id);
    if (gone.length > 0) {
      await reserve.run(() => journal.free(gone));
      logger.info({ copies: gone.length }, "freed local copies of what is stored");
    }
    await sidecars.end();
    const left = freeable.filter(({ id }) => journal.isFreeable(id)).length;
    const isBarred = barred.size > barredBefore;
    const gotOn = left < freeable.length || isBarred;
    const freed = results.filter(({ result }) => result === "freed").map(({ copy }) => copy);
    const verdict = judgeSpace(state, freed, gotOn && (moreFreeable || isBarred));
    const reason = describeSpace(verdict, { disk: usage, maxDiskPercent, folders: place.folders });
    if (reason !== null && !captureStopped) logger.error(reason);
    if (reason === null) complaints.delete(place.device);
    else complaints.set(place.device, reason);
    if (place === places[0]) await brake(reason);
    return verdict.again || (gotOn && moreFreeable && (left === 0 || isBarred));
  }

  /** A page of what may go and is ours: a folder that somebody else keeps may list thousands before it. */
  function listFreeable(isHere: (file: StoredFile) => boolean) {
    const freeable: StoredFile[] = [];
    for (let after: StoredFile | undefined; freeable.length < PAGE; ) {
      const page = journal.freeable({ limit: PAGE, after });
      freeable.push(
        ...page.filter(
          (file) => isHere(file) && rootOf(file.path) !== undefined && !barred.has(dirname(file.path)),
        ),
      );
      after = page.at(-1);
      if (page.length < PAGE) return { freeable, moreFreeable: false };
    }
    return { freeable, moreFreeable: true };
  }

  /** Before the first copy has to go, and to see that somebody has mended it. */
  async function lookAtRoots(): Promise<void> {
    for (const root of roots) {
      const refusal = await findDeletionRefusal(root);
      if (refusal !== null) refuse(root, refusal);
      else refusals.delete(root);
    }
  }

  /** The camera loop writes to the spool's disk. */
  async function brake(reason: string | null): Promise<void> {
    if (reason === null) await releaseCaptureBrake(brakePath);
    else await pullCaptureBrake(brakePath, reason);
  }

  return {
    get complaint() {
      return [...complaints.values()].join(" ") || null;
    },
    get refusal() {
      return [...refusals.values()].join(" ") || null;
    },
    get disk() {
      return disk;
    },
    async run(onStep = () => {}) {
      const places = await listPlaces();
      const isDue = now() - lookedAtMs >= freeEveryMs || now() < lookedAtMs;
      barred.clear();
      if (isDue) {
        lookedAtMs = now();
        await lookAtRoots();
      }
      for (const place of places) {
        const usage = await readDiskUsage(place.path);
        if (place === places[0]) disk = usage;
        if (!isDue && !complaints.has(place.device) && usedPercent(usage) <= maxDiskPercent) continue;
        for (let again = true; again; onStep()) again = await step(place, places);
      }
      // A disk that was taken away fills no more.
      for (const device of complaints.keys())
        if (!places.some((place) => place.device === device)) complaints.delete(device);
      await reserve.make();
    },
  };
}
