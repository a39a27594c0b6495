import type { PilabLogger } from "@pilab/logging";
import { watchFolders } from "../intake/watch-folders.ts";
import type { Journal } from "../journal/journal.ts";
import type { Reserve } from "../space/index.ts";
import type { Progress } from "../systemd/index.ts";
import type { ClockKeeper } from "./clock-keeper.ts";
import { STUCK_MS } from "./loops.ts";
import type { AgentSettings } from "./settings.ts";
import type { AgentTimes } from "./times.ts";

/** What {@link takeIn} takes. */
export interface TakeInOptions {
  readonly settings: Pick<AgentSettings, "spool" | "folders" | "settleMs">;
  readonly journal: Pick<Journal, "knows" | "add" | "addUnfit">;
  readonly clock: Pick<ClockKeeper, "stamp">;
  readonly reserve: Reserve;
  readonly logger: PilabLogger;
  /** A capture is in the journal; its file's time. */
  readonly onTaken: (mtimeMs: number) => void;
  readonly onUnfit: (reason: string) => void;
  /** Named folders that are not there. */
  readonly missing: Set<string>;
  readonly times: Pick<AgentTimes, "giveUpMs" | "rescanMs">;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Brings every finished capture of the folders into the journal, until the signal aborts. */
export async function takeIn(options: TakeInOptions): Promise<void> {
  const { settings, journal, clock, reserve, logger, onTaken, onUnfit, missing, signal } = options;
  const steps = {
    scan: options.progress.begin("the going through the folders", STUCK_MS),
    looks: options.progress.begin("the look at new files", STUCK_MS),
  };
  await watchFolders({
    folders: [settings.spool, ...settings.folders],
    settleMs: settings.settleMs,
    giveUpMs: options.times.giveUpMs,
    rescanMs: options.times.rescanMs,
    sidecarWaitMs: settings.settleMs,
    knows: (file) => journal.knows(file),
    onFinished: async (file, note) => {
      const mtimeMs = Number(file.mtimeNs / 1_000_000n);
      const stamp = clock.stamp(mtimeMs);
      const said = stamp === undefined ? file.options : { ...file.options, clock: stamp };
      await reserve.run(() => journal.add({ ...file, options: said }));
      if (note !== undefined) logger.warn({ path: file.path }, note);
      onTaken(mtimeMs);
    },
    onUnfinished: async (file, reason) => {
      await reserve.run(() => journal.addUnfit(file, reason));
      onUnfit(reason);
      logger.warn({ path: file.path, reason }, "quarantined; the file stays where it is");
    },
    onFolder: (folder, state) => {
      if (state === "missing") missing.add(folder);
      else missing.delete(folder);
      logger[state === "missing" ? "warn" : "info"]({ folder }, `the folder is ${state}`);
    },
    onProgress: (of) => steps[of].touch(),
    onTrouble: (err, path) => logger.warn({ err, path }, "passed over, and looked at again"),
    signal,
  });
}
