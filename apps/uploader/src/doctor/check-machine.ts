import { access, constants, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentSettings } from "../agent/settings.ts";
import { readSynchronised } from "../clock/index.ts";
import { readThrottling } from "../health/index.ts";
import { findDeletionRefusal, readDiskUsage, usedPercent } from "../space/index.ts";
import { durationText, sizeText } from "../upload/words.ts";
import { attempt, type Finding, finder } from "./finding.ts";

type Settings = Pick<AgentSettings, "stateFolder" | "spool" | "folders" | "freeFolders" | "maxDiskPercent">;

const RESERVE_BYTES = 32 * 1024 * 1024;

/** Folders, disk, power: what needs no server. */
export async function checkMachine(settings: Settings): Promise<Finding[]> {
  const { stateFolder, spool, folders, freeFolders, maxDiskPercent } = settings;
  const writable = [stateFolder, spool, ...freeFolders];
  const checks = [
    ...writable.map((folder) => attempt("permissions", () => checkWritable(folder))),
    ...folders
      .filter((folder) => !freeFolders.includes(folder))
      .map((folder) => attempt("permissions", () => checkReadable(folder))),
    attempt("disk", () => checkDisk(stateFolder, maxDiskPercent)),
    attempt("power", checkPower),
  ];
  return (await Promise.all(checks)).flat();
}

async function checkWritable(folder: string): Promise<Finding[]> {
  const { ok, fail, warn } = finder("permissions");
  if (!(await exists(folder))) {
    return [warn(`${folder} is not there yet`, "The agent makes its own at its first start, if it may.")];
  }
  const probe = join(folder, `.doctor-${process.pid}`);
  try {
    await writeFile(probe, "", { flag: "wx" });
    await rm(probe);
    // Writing there is not enough where a sticky bit keeps each user's files.
    const refusal = await findDeletionRefusal(folder);
    return [refusal === null ? ok(`${folder} can be written`) : fail(refusal)];
  } catch (error) {
    const hint =
      "Run doctor as the user that the agent runs as (sudo -u pilab …), or give that user the folder.";
    return [fail(`${folder} cannot be written: ${(error as Error).message}`, hint)];
  }
}

async function checkReadable(folder: string): Promise<Finding[]> {
  const { ok, fail, warn } = finder("permissions");
  if (!(await exists(folder))) return [warn(`${folder} is not there`, "It is taken up when it appears.")];
  return await access(folder, constants.R_OK | constants.X_OK).then(
    () => [ok(`${folder} can be read`)],
    () => [
      fail(`${folder} cannot be read`, `Let this user read it: chmod o+rx ${folder}, or a common group.`),
    ],
  );
}

async function checkDisk(stateFolder: string, maxPercent: number): Promise<Finding[]> {
  const { ok, fail, warn } = finder("disk");
  const disk = await readDiskUsage(await existingAbove(stateFolder));
  const percent = Math.floor(usedPercent(disk));
  const text = `${percent} % full, ${sizeText(disk.availableBytes)} left`;
  if (disk.availableBytes < RESERVE_BYTES) {
    return [fail(text, "Make space: journal and reserve want 32 MB.")];
  }
  if (percent > maxPercent) {
    return [warn(text, `It is past --max-disk-percent ${maxPercent}: copies go as soon as they are safe.`)];
  }
  return [ok(text)];
}

async function checkPower(): Promise<Finding[]> {
  const { ok, warn } = finder("power");
  const found = await readThrottling();
  if (found === null) return [];
  if (found.underVoltage || found.sinceBoot.underVoltage) {
    return [
      warn("the supply is, or was since boot, too weak", "Use the official power supply and a short cable."),
    ];
  }
  return found.throttled
    ? [warn("the processor is slowed down by heat", "Cool it.")]
    : [ok("power and heat are well")];
}

/** How the clock is, by the system and by the server. */
export async function checkClock(serverOffsetMs: number | undefined): Promise<Finding[]> {
  const { ok, warn } = finder("clock");
  const synchronised = await readSynchronised();
  const offBy = serverOffsetMs === undefined ? undefined : Math.abs(serverOffsetMs);
  if (offBy !== undefined && offBy > 2 * 60_000) {
    const text = `it differs from the server's by ${durationText(offBy)}`;
    return [
      warn(text, "timedatectl set-ntp true; until then the agent corrects times by the server's clock."),
    ];
  }
  if (synchronised === false) {
    return [
      warn("it is not synchronised", "timedatectl set-ntp true; until then the server's clock is believed."),
    ];
  }
  const by = synchronised ? "synchronised" : "the system does not tell whether it is synchronised";
  return [ok(offBy === undefined ? by : `${by}, ${durationText(offBy)} from the server's`)];
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function existingAbove(path: string): Promise<string> {
  return (await exists(path)) ? path : await existingAbove(join(path, ".."));
}
