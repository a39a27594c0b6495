import { Command, InvalidArgumentError, Option } from "commander";
import manifest from "../package.json" with { type: "json" };
import type { RunFlags } from "./agent/settings.ts";
import type { CaptureFlags } from "./commands/capture.ts";
import type { DoctorFlags } from "./commands/doctor.ts";
import type { InstallFlags } from "./commands/install.ts";
import type { StateFlags } from "./commands/open-state.ts";
import type { QuarantineFlags } from "./commands/quarantine.ts";
import type { StatusFlags } from "./commands/status.ts";
import type { UploadFlags } from "./commands/upload.ts";

/** What the commands do. */
export interface Actions {
  upload(paths: string[], flags: UploadFlags): Promise<void>;
  run(flags: RunFlags): Promise<void>;
  status(flags: StatusFlags): Promise<void>;
  doctor(flags: DoctorFlags): Promise<void>;
  retry(flags: StateFlags): Promise<void>;
  quarantineList(flags: QuarantineFlags): Promise<void>;
  quarantineRelease(ids: number[], flags: QuarantineFlags): Promise<void>;
  capture(camera: string[], flags: CaptureFlags): Promise<void>;
  install(camera: string[], flags: InstallFlags): Promise<void>;
  uninstall(flags: { dryRun?: boolean }): Promise<void>;
}

const STATE_DIR = [
  "--state-dir <path>",
  "the agent's state folder (default: $STATE_DIRECTORY, else ~/.local/state/pilab-uploader)",
] as const;
const CREDENTIALS = [
  "--credentials <file>",
  "the device's JSON file (default: PILAB_CREDENTIALS_FILE)",
] as const;
const SERVICE_KEY = [
  "--service-key",
  "use SUPABASE_SERVICE_ROLE_KEY instead of a device's account; needs --device",
] as const;
const DEVICE = ["--device <slug>", "upload for this device; only with --service-key"] as const;
const CAMERA = "the camera's command, with {file} where it names its picture";

/** The command line: every command, every option. */
export function createProgram(actions: Actions): Command {
  const program = new Command("pilab-uploader")
    .description("Brings captures to PiLab: uploaded once, verified, catalogued.")
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError("Run with --help to see the options.");
  withAgentOptions(
    program
      .command("run")
      .description("The agent: takes captures in, brings them to the server, frees local copies in time."),
  )
    .option(
      "--new-target",
      "accept another server, bucket or device: all that is still here goes there again",
    )
    .action(actions.run);
  program
    .command("upload")
    .description("Uploads files and folders; skips what is known. Moves and deletes nothing.")
    .argument("<paths...>", "files, or folders with everything below them")
    .option("--series <name>", "experiment's run, where no sidecar names one")
    .option("--shot-type <name>", "kind of picture, where no sidecar names one")
    .option("--dry-run", "only tell what would be uploaded")
    .option("--json", "one JSON object a line instead of text")
    .option("--concurrency <files>", "files sent at once (default: 4)", wholeNumber)
    .option(...CREDENTIALS)
    .option(...SERVICE_KEY)
    .option(...DEVICE)
    .action(actions.upload);
  addWatching(program, actions);
  addCamera(program, actions);
  return program;
}

/** Options of the agent that its unit is written with, too. */
export function withAgentOptions(command: Command): Command {
  return command
    .option("--folder <path>", "watch it with all below, and free nothing there; may be repeated", collect)
    .option("--free <path>", "watch it, and free copies there once they are safe; may be repeated", collect)
    .option(
      "--spool <path>",
      "the agent's own folder, watched, whose copies are freed (default: spool in the state folder)",
    )
    .option(...STATE_DIR)
    .addOption(
      new Option("--order <order>", "which file goes first (default: oldest)").choices(["oldest", "newest"]),
    )
    .option(
      "--bwlimit <limit>",
      'bytes a second: 512k, 2M, or a timetable: "08:00,512k 19:00,off" (default: off)',
    )
    .option(
      "--keep-local <time>",
      "keep local copies for so long: 12h, 7d, 2w; 0 frees them as soon as they are safe (default: 7d)",
    )
    .option(
      "--max-disk-percent <percent>",
      "past this the oldest safe copies go sooner, 1 to 99 (default: 80)",
      percent,
    )
    .option(
      "--keep-proofs <time>",
      "the journal remembers for so long what was freed, removed or vanished: 90d, 52w (default: 365d)",
    )
    .option(
      "--no-pictures",
      "make no thumbnails and no measures, for a weak Pi: damage inside a whole file is then not found",
    )
    .option("--settle <time>", "a whole file unchanged for so long is finished: 0.5s, 10s (default: 2s)")
    .option("--series <name>", "experiment's run, where no sidecar names one (default: the device's own)")
    .option("--shot-type <name>", "kind of picture, where no sidecar names one (default: the device's own)")
    .option("--concurrency <files>", "files sent at once, 1 to 64 (default: 4)", wholeNumber)
    .addOption(
      new Option(
        "--verify <level>",
        "full: a hash proves what the server holds; size: its word for the size is enough (default: full)",
      ).choices(["full", "size"]),
    )
    .option(...CREDENTIALS)
    .option(...SERVICE_KEY)
    .option(...DEVICE);
}

function addWatching(program: Command, actions: Actions): void {
  program
    .command("status")
    .description("Shows what waits, what failed, what is quarantined, what was freed, and how the agent is.")
    .option(...STATE_DIR)
    .option("--json", "one JSON object instead of text")
    .action(actions.status);
  withAgentOptions(
    program
      .command("doctor")
      .description("Looks at everything that the agent needs, changes nothing, and says what to do."),
  )
    .option("--json", "one JSON object a line instead of text")
    .action(actions.doctor);
  program
    .command("retry")
    .description(
      "Tries now what would be tried later: failed files, too large ones that fit by now, a refusal.",
    )
    .option(...STATE_DIR)
    .action(actions.retry);
  const quarantine = program
    .command("quarantine")
    .description("Files that are no whole capture. They stay where they are.");
  quarantine
    .command("list")
    .description("Lists them with their ids and reasons.")
    .option(...STATE_DIR)
    .option("--json", "one JSON object a line instead of text")
    .action(actions.quarantineList);
  quarantine
    .command("release")
    .description("Has files tried again that are whole by now.")
    .argument("[ids...]", "as `quarantine list` shows them", collectIds)
    .option("--all", "every file in quarantine")
    .option(...STATE_DIR)
    .action(actions.quarantineRelease);
}

function addCamera(program: Command, actions: Actions): void {
  program
    .command("capture")
    .description("Takes pictures on a steady schedule, each whole or not at all.")
    .argument("<camera...>", `after --: ${CAMERA}`)
    .requiredOption("--interval <seconds>", "from one picture to the next, from 0.5", seconds)
    .option("--supabase", "into the agent's spool, to be uploaded; without it pictures are only saved here")
    .option("--into <path>", "folder for the pictures (default: spool or captures in the state folder)")
    .option("--extension <name>", "the pictures' file names end so (default: jpg)")
    .option("--timeout <seconds>", "for one picture (default: the interval, at least 30)", seconds)
    .option(...STATE_DIR)
    .action(actions.capture);
  withAgentOptions(
    program
      .command("install")
      .description("Writes and starts the systemd services, as root. Doing it again changes what differs.")
      .argument("[camera...]", `after --, with --capture: ${CAMERA}`),
  )
    .option("--capture <seconds>", "a second service takes a picture each so many seconds", seconds)
    .option(
      "--new-target",
      "let the next start accept another server, bucket or device: all that is still here goes there again",
    )
    .option("--camera-network", "the camera's command needs the network")
    .option("--user <name>", "an account that exists (default: pilab, made for it)")
    .option("--dry-run", "only print what would be done")
    .action(actions.install);
  program
    .command("uninstall")
    .description("Stops and removes the services, as root. Captures, journal and credentials stay.")
    .option("--dry-run", "only print what would be done")
    .action(actions.uninstall);
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function collectIds(value: string, before: number[] = []): number[] {
  const id = Number(value);
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError("It wants a number of the list.");
  return [...before, id];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 64) return value;
  throw new InvalidArgumentError("It wants a whole number from 1 to 64.");
}

function percent(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 99) return value;
  throw new InvalidArgumentError("It wants a number from 1 to 99.");
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.5 && value <= 604_800) return value;
  throw new InvalidArgumentError("It wants seconds from 0.5 to 604800.");
}
