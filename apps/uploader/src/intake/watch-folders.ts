import { basename, resolve, sep } from "node:path";
import { inspectCapture } from "@pilab/storage-core/device";
import { createAlarm } from "./alarm.ts";
import { type CandidatesOptions, createCandidates } from "./candidates.ts";
import { createFolderWatchers } from "./folder-watchers.ts";
import { restAfterPass } from "./pass-rest.ts";
import { folderIdentity, isCaptureName, isFolder, walk } from "./walk.ts";

/** Settings of {@link watchFolders}. */
export interface WatchOptions
  extends Pick<CandidatesOptions, "knows" | "onFinished" | "onUnfinished" | "signal"> {
  /** With everything below them. One that is not there yet is taken up when it appears. */
  readonly folders: readonly string[];
  /** Unchanged for so long, a file that is complete is finished. Default 2000. */
  readonly settleMs?: number | undefined;
  /** Unchanged for so long and still incomplete, it is given up. Default 60,000. */
  readonly giveUpMs?: number | undefined;
  /** So long after its picture a sidecar may come. Default 2000: as long as the picture settles. */
  readonly sidecarWaitMs?: number | undefined;
  /** How often every folder is gone through, in case the kernel kept a hint to itself. Default 60,000. */
  readonly rescanMs?: number | undefined;
  /** How often it is seen whether the named folders are there, and the same. Default 2000. */
  readonly probeMs?: number | undefined;
  /** A named folder came, went, or was replaced by another (a disk mounted over it). */
  readonly onFolder?: ((folder: string, state: "present" | "missing") => void) | undefined;
  /** What is passed over: a folder that cannot be read, or not watched; a file whose report failed. */
  readonly onTrouble?: ((error: unknown, path: string) => void) | undefined;
  /** The going through the folders, or the looks at what was found, have got on: for a watchdog. */
  readonly onProgress?: ((of: "scan" | "looks") => void) | undefined;
  readonly inspect?: typeof inspectCapture | undefined;
  readonly monotonic?: (() => number) | undefined;
}

// Asked one by one, each costs three times as much, most of it in waking a thread.
const FILES_AT_ONCE = 16;

/**
 * Reports every capture under some folders, each version once, when it is finished: those that are there, that come,
 * that change. Hints of the kernel make it quick; going through the folders makes it true. Runs until the signal is
 * aborted; holds in memory only files that are not finished yet.
 */
export async function watchFolders(options: WatchOptions): Promise<void> {
  const { onFolder = () => {}, onTrouble = () => {}, rescanMs = 60_000, probeMs = 2000 } = options;
  const { monotonic = () => performance.now(), inspect = inspectCapture } = options;
  const { settleMs = 2000, giveUpMs = 60_000, sidecarWaitMs = 2000, onProgress = () => {} } = options;
  // A fault in one of the two halves must not leave the other running.
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const roots = options.folders.map((folder) => resolve(folder));
  const identities = new Map<string, string | undefined>();
  /** Folders of which the kernel's hints have told something new: a share's other machines give none. */
  const hinted = new Set<string>();
  const times = { settleMs, giveUpMs, sidecarWaitMs };
  const onJudged = () => onProgress("looks");
  const candidates = createCandidates({
    ...options,
    ...times,
    onTrouble,
    onJudged,
    inspect,
    monotonic,
    signal,
  });
  const watchers = createFolderWatchers({
    onHint: (path, created) => {
      if (isCaptureName(basename(path)))
        void candidates.touch(path).then((isNews) => isNews && noteHint(path));
      else if (created && !basename(path).startsWith(".")) takeUp(path);
    },
    onUnwatched: (folder, error) => onTrouble(error, folder),
  });
  const alarm = createAlarm(signal);
  const told = new Set<string>();
  const takingUp = new Map<string, Promise<void>>();

  function noteHint(path: string): void {
    for (const root of roots) if (path.startsWith(root + sep)) hinted.add(root);
  }

  /** A folder that appears is gone through at once, beside whatever pass is under way. */
  function takeUp(path: string): void {
    if (takingUp.has(path)) return;
    const task = isFolder(path)
      .then((found) => (found ? goThrough(path, newPass(), () => {}) : undefined))
      .catch((error: unknown) => onTrouble(error, path))
      .finally(() => takingUp.delete(path));
    takingUp.set(path, task);
  }

  async function considerAll(paths: readonly string[], onStep: () => void): Promise<void> {
    await candidates.room(onStep);
    const consider = (path: string) =>
      candidates.consider(path).catch((error: unknown) => onTrouble(error, path));
    await Promise.all(paths.map(consider));
  }

  async function goThrough(root: string, { seen, present }: Pass, onStep: () => void): Promise<void> {
    const files: string[] = [];
    for await (const found of walk(root, seen)) {
      if (signal.aborted) return;
      onStep();
      if (found.kind === "folder") {
        present.add(found.path);
        // Before its entries are read: what comes in between is found by the one or the other.
        watchers.keep(found.path, found.identity);
      } else if (found.kind === "unreadable") tellOnce(found.path, found.error);
      else if (files.push(found.path) >= FILES_AT_ONCE) await considerAll(files.splice(0), onStep);
    }
    await considerAll(files, onStep);
    watchers.retain(root, present);
  }

  function tellOnce(folder: string, error: NodeJS.ErrnoException): void {
    // Removed while it was gone through: no trouble.
    if (error.code === "ENOENT" || told.has(folder)) return;
    told.add(folder);
    onTrouble(error, folder);
  }

  /** The named folders that are another than they were. */
  async function probe(): Promise<string[]> {
    const changed: string[] = [];
    for (const root of roots) {
      const identity = await folderIdentity(root).catch(() => undefined);
      if (identities.has(root) && identities.get(root) === identity) continue;
      identities.set(root, identity);
      hinted.delete(root);
      onFolder(root, identity === undefined ? "missing" : "present");
      if (identity === undefined) watchers.retain(root, new Set());
      else changed.push(root);
    }
    return changed;
  }

  async function scan(): Promise<void> {
    const onStep = () => onProgress("scan");
    let nextPassMs = monotonic() + rescanMs;
    while (!signal.aborted) {
      onStep();
      const changed = await probe();
      const isPass = monotonic() >= nextPassMs;
      const pass = newPass();
      const looks: { tookMs: number; isHinted: boolean }[] = [];
      for (const root of isPass ? roots : changed) {
        if (identities.get(root) === undefined) continue;
        const startedMs = monotonic();
        await goThrough(root, pass, onStep);
        looks.push({ tookMs: monotonic() - startedMs, isHinted: hinted.has(root) });
      }
      if (looks.length > 0) nextPassMs = monotonic() + restAfterPass(looks, rescanMs);
      else if (isPass) nextPassMs = monotonic() + rescanMs;
      await alarm.sleep(Math.min(probeMs, Math.max(0, nextPassMs - monotonic())));
    }
  }

  try {
    await Promise.all([scan(), candidates.run()]);
  } finally {
    stop.abort();
    watchers.close();
    await Promise.all(takingUp.values());
  }
}

/** What a pass has come through: folders by identity, so that each is read once, and by path. */
interface Pass {
  readonly seen: Set<string>;
  readonly present: Set<string>;
}

function newPass(): Pass {
  return { seen: new Set<string>(), present: new Set<string>() };
}
