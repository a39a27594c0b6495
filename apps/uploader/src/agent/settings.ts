import { resolve } from "node:path";
import type { VerifyLevel } from "@pilab/storage-core";
import { type BandwidthTimetable, parseBandwidthLimit } from "../bwlimit/index.ts";
import type { ConnectionFlags } from "../connection.ts";
import type { EnvironmentSource } from "../env.ts";
import { defaultStateFolder } from "../journal/journal.ts";
import { parseDuration } from "../space/index.ts";
import { isNewTargetMarked } from "./new-target-mark.ts";
import { runtimeFolder } from "./status-file.ts";

/** The options of `pilab-uploader run`, as they are written. */
export interface RunFlags extends ConnectionFlags {
  folder?: string[];
  free?: string[];
  spool?: string;
  stateDir?: string;
  order?: "newest" | "oldest";
  bwlimit?: string;
  keepLocal?: string;
  maxDiskPercent?: number;
  keepProofs?: string;
  pictures?: boolean;
  settle?: string;
  series?: string;
  shotType?: string;
  newTarget?: boolean;
  concurrency?: number;
  verify?: VerifyLevel;
}

/** What the agent goes by; whatever the server sets (a pause, a series) is not here. */
export interface AgentSettings {
  readonly stateFolder: string;
  readonly runtimeFolder: string;
  /** The agent's own: its copies are freed. */
  readonly spool: string;
  /** Watched besides. */
  readonly folders: readonly string[];
  /** Those of them whose copies may be freed too. */
  readonly freeFolders: readonly string[];
  readonly order: "newest" | "oldest";
  readonly bandwidth: BandwidthTimetable | undefined;
  readonly keepLocalMs: number;
  readonly maxDiskPercent: number;
  /** So long the journal remembers what has ended. */
  readonly keepProofsMs: number;
  /** Thumbnails and measures. */
  readonly pictures: boolean;
  readonly settleMs: number;
  readonly series: string | undefined;
  readonly shotType: string | undefined;
  readonly newTarget: boolean;
  readonly concurrency: number;
  /** With the service key: the device's slug. */
  readonly device: string | undefined;
  readonly url: string;
  /** MAX_FILE_SIZE. */
  readonly maxFileSizeBytes: number;
  readonly firstDelayMs: number;
}

/** Reads the options; throws `invalid_input`, naming the one that is wrong. */
export function readSettings(
  flags: RunFlags,
  source: EnvironmentSource,
): Omit<AgentSettings, "url" | "maxFileSizeBytes" | "firstDelayMs"> {
  const stateFolder = resolve(flags.stateDir ?? defaultStateFolder(source));
  const freeFolders = (flags.free ?? []).map((folder) => resolve(folder));
  const named = (flags.folder ?? []).map((folder) => resolve(folder));
  const {
    order = "oldest",
    maxDiskPercent = 80,
    concurrency = 4,
    pictures = true,
    newTarget = isNewTargetMarked(stateFolder),
  } = flags;
  return {
    stateFolder,
    runtimeFolder: runtimeFolder(source, stateFolder),
    spool: resolve(flags.spool ?? resolve(stateFolder, "spool")),
    folders: [...new Set([...named, ...freeFolders])],
    freeFolders,
    order,
    bandwidth: flags.bwlimit === undefined ? undefined : parseBandwidthLimit(flags.bwlimit),
    keepLocalMs: parseDuration(flags.keepLocal ?? "7d", "--keep-local"),
    maxDiskPercent,
    keepProofsMs: parseDuration(flags.keepProofs ?? "365d", "--keep-proofs"),
    pictures,
    settleMs: parseDuration(flags.settle ?? "2s", "--settle"),
    series: flags.series,
    shotType: flags.shotType,
    newTarget,
    concurrency,
    device: flags.serviceKey ? flags.device : undefined,
  };
}
