import { access } from "node:fs/promises";
import { join } from "node:path";
import { type RunCommand, runCommand } from "../systemd/run-command.ts";

/** What {@link readSynchronised} asks. */
export interface SynchronisedOptions {
  /** Where /run hangs. Default "/". */
  root?: string;
  platform?: NodeJS.Platform;
  run?: RunCommand;
}

/**
 * Whether the system's clock has been set from the network since the boot; null where the system does not tell.
 *
 * Raspberry Pi OS keeps time with systemd-timesyncd, which leaves a file once it has set the clock: one look, no
 * process. Where another service does it (chrony, ntpd), `timedatectl` tells what the kernel knows from it.
 */
export async function readSynchronised(options: SynchronisedOptions = {}): Promise<boolean | null> {
  const { root = "/", platform = process.platform, run = runCommand } = options;
  if (platform !== "linux") return null;
  if (await exists(join(root, "run/systemd/timesync/synchronized"))) return true;
  const answer = await run("timedatectl", ["show", "--property=NTPSynchronized", "--value"]);
  if (answer === null) return null;
  const said = answer.trim();
  return said === "yes" ? true : said === "no" ? false : null;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
