import { existsSync } from "node:fs";
import { join } from "node:path";
import { type RunFlags, readSettings } from "../agent/settings.ts";
import { type Connection, connect } from "../connection.ts";
import { checkClock, checkMachine } from "../doctor/check-machine.ts";
import { checkServer } from "../doctor/check-server.ts";
import { attempt, type Finding, finder } from "../doctor/finding.ts";
import { readEnvironment } from "../env.ts";
import type { CommandContext } from "./command-context.ts";
import { stateFolderOf, withJournal } from "./open-state.ts";

/** Options of `doctor`: those of the agent that it is asked about. */
export interface DoctorFlags extends RunFlags {
  json?: boolean;
}

/** Looks at all that the agent needs; prints a line for each finding. Gives 1 when something fails. */
export async function runDoctor(
  given: DoctorFlags,
  { source, output, signal }: CommandContext,
): Promise<number> {
  const flags = { ...given, stateDir: stateFolderOf(given, source) };
  let failures = 0;
  const tell = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      if (finding.level === "fail") failures += 1;
      output.out(flags.json ? `${JSON.stringify(finding)}\n` : lineOf(finding));
    }
  };
  const { warnings, connection } = await configure(flags, source, tell);
  tell(warnings);
  const settings = await attempt("options", async () => {
    tell(await checkMachine(readSettings(flags, source)));
    return [];
  });
  tell(settings);
  if (connection !== undefined) {
    const { client, url } = connection;
    tell(await checkServer(url, client, flags.serviceKey ? flags.device : undefined, signal));
    tell(await attempt("journal", () => checkTarget(flags.stateDir, connection)));
    tell(await checkClock(client.clockOffsetMs()));
    await client.close();
  }
  if (!flags.json) output.out(failures === 0 ? "Nothing stands in the way.\n" : `${failures} to mend.\n`);
  return failures === 0 ? 0 : 1;
}

async function configure(
  flags: DoctorFlags,
  source: CommandContext["source"],
  tell: (findings: readonly Finding[]) => void,
): Promise<{ warnings: Finding[]; connection: Connection | undefined }> {
  const { ok, warn } = finder("configuration");
  const warnings: Finding[] = [];
  let connection: Connection | undefined;
  tell(
    await attempt("configuration", async () => {
      const environment = readEnvironment(source);
      connection = await connect(flags, {
        environment,
        source,
        client: { verify: flags.verify },
        warn: (message) => warnings.push(warn(message)),
      });
      return [ok(connection.description)];
    }),
  );
  if (flags.serviceKey) {
    const hint = "A stolen card could delete everything: give this machine its device's own account.";
    warnings.push(warn("it works with the service key", hint));
  }
  if (flags.verify === "size") {
    const hint = "Leave --verify size out: copies are freed on the server's word for a size alone.";
    warnings.push(warn("what the server holds is not proven", hint));
  }
  return { warnings, connection };
}

/** A journal that belongs to another target would stop the agent. */
async function checkTarget(stateFolder: string, { client, url }: Connection): Promise<Finding[]> {
  if (!existsSync(join(stateFolder, "journal.db"))) return [];
  const target = await withJournal(stateFolder, (journal) => journal.target());
  const { ok, fail } = finder("journal");
  if (target === undefined || (target.url === url && target.bucket === client.bucket)) {
    return [ok("it belongs to this target, or to none yet")];
  }
  return [
    fail(
      `it belongs to ${target.url}, bucket ${target.bucket}`,
      "Correct the settings, or run once with --new-target.",
    ),
  ];
}

function lineOf({ check, level, text, hint }: Finding): string {
  return `${level.padEnd(5)}${check}: ${text}\n${hint === undefined ? "" : `     → ${hint}\n`}`;
}
