import { existsSync } from "node:fs";
import { join } from "node:path";
import { isNewTargetMarked } from "../agent/new-target-mark.ts";
import { type RunFlags, readSettings } from "../agent/settings.ts";
import { type Connection, connect } from "../connection.ts";
import { checkClock, checkMachine } from "../doctor/check-machine.ts";
import { checkServer } from "../doctor/check-server.ts";
import { attempt, type Finding, finder } from "../doctor/finding.ts";
import {
  becomeUser,
  type InstalledService,
  readInstalledService,
  trustAs,
} from "../doctor/installed-service.ts";
import { type EnvironmentSource, readEnvironment } from "../env.ts";
import type { Target } from "../journal/types.ts";
import type { CommandContext } from "./command-context.ts";
import { stateFolderOf, withJournal } from "./open-state.ts";

/** Options of `doctor`: those of the agent that it is asked about. */
export interface DoctorFlags extends RunFlags {
  json?: boolean;
}

/**
 * Looks at all that the agent needs; prints a line for each finding. Gives 1 when something fails. Where the service is
 * installed and nothing names another agent, it is the service that is looked at, in its place: as its user.
 */
export async function runDoctor(
  given: DoctorFlags,
  { source: own, output, signal }: CommandContext,
): Promise<number> {
  const service = namesAnother(given, own) ? null : await readInstalledService();
  const source = service === null ? own : { ...own, ...service.source };
  const flags = { ...service?.flags, ...given, stateDir: stateFolderOf(given, source) };
  let failures = 0;
  const tell = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      if (finding.level === "fail") failures += 1;
      output.out(flags.json ? `${JSON.stringify(finding)}\n` : lineOf(finding));
    }
  };
  if (service !== null && process.getuid?.() !== 0) tell([FOR_ROOT]);
  else await examine(flags, { source, service, signal, tell });
  if (!flags.json) output.out(failures === 0 ? "Nothing stands in the way.\n" : `${failures} to mend.\n`);
  return failures === 0 ? 0 : 1;
}

const FOR_ROOT = finder("service").fail(
  "the installed service's account and folders are not this user's to look at",
  "Run it as root: sudo pilab-uploader doctor. Another agent is named by its --credentials or --state-dir.",
);

/** Whether it is an agent started by hand that is asked about. */
function namesAnother(flags: DoctorFlags, { PILAB_CREDENTIALS_FILE, SUPABASE_URL }: EnvironmentSource) {
  const { stateDir, credentials, serviceKey } = flags;
  return [stateDir, credentials, serviceKey, PILAB_CREDENTIALS_FILE, SUPABASE_URL].some(
    (named) => named !== undefined,
  );
}

interface Examination {
  readonly source: EnvironmentSource;
  readonly service: InstalledService | null;
  readonly signal: AbortSignal;
  readonly tell: (findings: readonly Finding[]) => void;
}

async function examine(
  flags: DoctorFlags & { stateDir: string },
  { source, service, signal, tell }: Examination,
): Promise<void> {
  const { warnings, connection } = await configure(flags, source, tell);
  tell(warnings);
  if (service !== null) {
    const became = await attempt("service", async () => {
      await trustAs(service);
      await becomeUser(service.user);
      return [finder("service").ok(`looked at as its user ${service.user}`)];
    });
    tell(became);
    if (became.some(({ level }) => level === "fail")) return;
  }
  const settings = await attempt("options", async () => {
    tell(await checkMachine(readSettings(flags, source)));
    return [];
  });
  tell(settings);
  if (connection === undefined) return;
  const { client, url } = connection;
  const device = flags.serviceKey ? flags.device : undefined;
  const ofServer = await checkServer(url, client, device, signal);
  tell(ofServer);
  const hasAnswered = ofServer.every(({ level }) => level !== "fail");
  tell(
    await attempt("journal", async () => {
      const deviceId = hasAnswered ? (await client.device.get({ device, signal })).id : undefined;
      return await checkTarget(flags.stateDir, connection, deviceId);
    }),
  );
  tell(await checkClock(client.clockOffsetMs()));
  await client.close();
}

async function configure(
  flags: DoctorFlags,
  source: EnvironmentSource,
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
async function checkTarget(
  stateFolder: string,
  { client, url }: Connection,
  deviceId: string | undefined,
): Promise<Finding[]> {
  if (!existsSync(join(stateFolder, "journal.db"))) return [];
  const target = await withJournal(stateFolder, (journal) => journal.target());
  const { ok, fail } = finder("journal");
  const isOurs = (bound: Target) =>
    bound.url === url && bound.bucket === client.bucket && (deviceId ?? bound.deviceId) === bound.deviceId;
  if (target === undefined || isOurs(target)) {
    return [ok("it belongs to this target, or to none yet")];
  }
  if (isNewTargetMarked(stateFolder)) return [ok("the next start binds it to this target")];
  return [
    fail(
      `it belongs to ${target.url}, bucket ${target.bucket}, device ${target.deviceId}`,
      "Correct the settings, or start once with --new-target (the service: install --new-target, with the options of before).",
    ),
  ];
}

function lineOf({ check, level, text, hint }: Finding): string {
  return `${level.padEnd(5)}${check}: ${text}\n${hint === undefined ? "" : `     → ${hint}\n`}`;
}
