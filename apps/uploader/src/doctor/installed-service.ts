import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { PilabError } from "@pilab/schema";
import { Command } from "commander";
import type { RunFlags } from "../agent/settings.ts";
import { SYSTEM_STATE_FOLDER } from "../agent/status-file.ts";
import type { EnvironmentSource } from "../env.ts";
import { withAgentOptions } from "../program.ts";
import {
  AGENT_UNIT,
  CREDENTIALS_PATH,
  ENVIRONMENT_PATH,
  parseExecLine,
  UNIT_FOLDER,
} from "../systemd/index.ts";
import { runCommand } from "../systemd/run-command.ts";

/** What the installed agent works with. */
export interface InstalledService {
  readonly user: string;
  /** The options that its unit starts it with. */
  readonly flags: RunFlags;
  readonly source: EnvironmentSource;
}

/** Reads the unit that `install` wrote, and the settings beside it; null where none is installed. `root`: before every path. */
export async function readInstalledService(root = ""): Promise<InstalledService | null> {
  const unit = await readIfMay(join(root, UNIT_FOLDER, AGENT_UNIT));
  if (unit === null) return null;
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const words = parseExecLine(setting("ExecStart"));
  const args = words.slice(words.indexOf("run") + 1);
  return {
    user: setting("User"),
    flags: withAgentOptions(new Command().exitOverride()).parse(args, { from: "user" }).opts(),
    source: {
      STATE_DIRECTORY: SYSTEM_STATE_FOLDER,
      PILAB_CREDENTIALS_FILE: join(root, CREDENTIALS_PATH),
      ...parseEnvironmentFile((await readIfMay(join(root, ENVIRONMENT_PATH))) ?? ""),
    },
  };
}

/**
 * Goes on as the service's user, for good: as root every folder could be written. What root alone may read has to be
 * read before.
 */
export async function becomeUser(user: string): Promise<void> {
  const groups = (await runCommand("id", ["-G", user]))?.trim().split(" ").map(Number);
  const { setgroups, setgid, setuid } = process;
  if (groups === undefined || !setgroups || !setgid || !setuid) {
    throw new PilabError("invalid_environment", `There is no account ${user}, as which the service runs`, {
      hint: "Run pilab-uploader install again.",
    });
  }
  setgroups(groups);
  setgid(groups[0] as number); // `id` names the primary one first
  setuid(user);
}

/** NODE_EXTRA_CA_CERTS of the service: Node itself reads only its own, at its start. */
export async function trustAs({ source }: InstalledService): Promise<void> {
  if (source.NODE_EXTRA_CA_CERTS === undefined) return;
  setDefaultCACertificates([
    ...getCACertificates("default"),
    await readFile(source.NODE_EXTRA_CA_CERTS, "utf8"),
  ]);
}

/** As systemd reads it: `NAME=value` lines, quotes around a value, comments on lines of their own. */
function parseEnvironmentFile(text: string): Record<string, string> {
  const lines = text.matchAll(/^\s*([A-Za-z_]\w*)=(.*?)\s*$/gm);
  return Object.fromEntries(
    Array.from(lines, ([, name = "", value = ""]) => [name, value.replace(/^(["'])(.*)\1$/, "$2")]),
  );
}

async function readIfMay(path: string): Promise<string | null> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "EACCES") return null;
    throw error;
  });
}
