import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import manifest from "../package.json" with { type: "json" };
import type { RunFlags } from "./agent/settings.ts";
import type { UploadFlags } from "./commands/upload.ts";
import type { EnvironmentSource } from "./env.ts";

// Commands are imported when they run: help and --version need none of the client behind them.

/**
 * Runs the command line and gives the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 partly done, 75 try
 * again later.
 */
export async function runMain(args: readonly string[], source: EnvironmentSource): Promise<number> {
  let exitCode = 0;
  const program = createProgram({
    upload: async (paths, flags) => {
      exitCode = await upload(paths, flags, source);
    },
    run: async (flags) => {
      exitCode = await run(flags, source);
    },
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed its own message or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return await report(error);
  }
}

/** What the commands do. */
interface Actions {
  upload(paths: string[], flags: UploadFlags): Promise<void>;
  run(flags: RunFlags): Promise<void>;
}

function createProgram(actions: Actions): Command {
  const program = new Command("pilab-uploader")
    .description("Brings captures to PiLab: uploaded once, verified, catalogued.")
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError("Run with --help to see the options.");
  program
    .command("upload")
    .description("Uploads files and folders; skips what is known. Moves and deletes nothing.")
    .argument("<paths...>", "files, or folders with everything below them")
    .option("--series <name>", "experiment's run, where no sidecar names one")
    .option("--shot-type <name>", "kind of picture, where no sidecar names one")
    .option("--dry-run", "only tell what would be uploaded")
    .option("--json", "one JSON object a line instead of text")
    .option("--concurrency <files>", "files sent at once (default: 4)", wholeNumber)
    .option("--credentials <file>", "the device's JSON file (default: PILAB_CREDENTIALS_FILE)")
    .option("--service-key", "use SUPABASE_SERVICE_ROLE_KEY instead of a device's account; needs --device")
    .option("--device <slug>", "upload for this device; only with --service-key")
    .action(actions.upload);
  addRun(program).action(actions.run);
  return program;
}

function addRun(program: Command): Command {
  return program
    .command("run")
    .description(
      "The agent: takes in what cameras write, brings it to the server, frees local copies in time.",
    )
    .option(
      "--folder <path>",
      "watches it too, with everything below; frees nothing there; may be repeated",
      collect,
    )
    .option(
      "--free <path>",
      "watches it, and frees copies there once they are safe; may be repeated",
      collect,
    )
    .option(
      "--spool <path>",
      "the agent's own folder, whose copies are freed (default: spool in the state folder)",
    )
    .option(
      "--state-dir <path>",
      "journal and reserve (default: $STATE_DIRECTORY or ~/.local/state/pilab-uploader)",
    )
    .addOption(
      new Option("--order <order>", "which file goes first (default: oldest)").choices(["oldest", "newest"]),
    )
    .option(
      "--bwlimit <limit>",
      'bytes a second, or a timetable: 512k, 2M, "08:00,512k 19:00,off" (default: off)',
    )
    .option(
      "--keep-local <time>",
      "keeps local copies so long: 12h, 7d, 2w; 0 frees them once safe (default: 7d)",
    )
    .option("--max-disk-percent <percent>", "past this, copies go sooner (default: 80)", percent)
    .option("--no-pictures", "makes no thumbnails and no measures, for a weak Pi")
    .option("--settle <time>", "a file unchanged for so long is finished (default: 2s)")
    .option("--series <name>", "experiment's run, where no sidecar names one (default: the device's own)")
    .option("--shot-type <name>", "kind of picture, where no sidecar names one (default: the device's own)")
    .option("--concurrency <files>", "files sent at once, 1 to 64 (default: 4)", wholeNumber)
    .option("--credentials <file>", "the device's JSON file (default: PILAB_CREDENTIALS_FILE)")
    .option("--new-target", "accepts another server, bucket or device: queues every file still here again")
    .option("--service-key", "use SUPABASE_SERVICE_ROLE_KEY instead of a device's account; needs --device")
    .option("--device <slug>", "upload for this device; only with --service-key");
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function percent(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 99) return value;
  throw new InvalidArgumentError("It wants a number from 1 to 99.");
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 64) return value;
  throw new InvalidArgumentError("It wants a whole number from 1 to 64.");
}

async function upload(paths: string[], flags: UploadFlags, source: EnvironmentSource): Promise<number> {
  const [{ runUpload }, { readEnvironment }, { createLogger }] = await Promise.all([
    import("./commands/upload.ts"),
    import("./env.ts"),
    import("@pilab/logging"),
  ]);
  const environment = readEnvironment(source);
  const interrupt = new AbortController();
  const onSignal = () => {
    // The second time someone means it.
    if (interrupt.signal.aborted) process.exit(130);
    process.stderr.write(
      "\nStopping: files under way are finished or given up. Press Ctrl-C again to quit at once.\n",
    );
    interrupt.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  // What is told to the user goes to stdout; the log is a file, where LOG_DIR names one.
  const logger =
    environment.log.logDir === undefined
      ? undefined
      : createLogger({ app: "uploader", ...environment.log, destination: { write() {} } });
  try {
    return await runUpload(paths, flags, {
      environment,
      source,
      ...(logger === undefined ? {} : { client: { logger } }),
      output: {
        out: (text) => process.stdout.write(text),
        err: (text) => process.stderr.write(text),
      },
      warn: (message) => process.stderr.write(`pilab-uploader: ${message}\n`),
      isTerminal: process.stdout.isTTY === true && process.stderr.isTTY === true,
      signal: interrupt.signal,
    });
  } finally {
    await logger?.close();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

async function run(flags: RunFlags, source: EnvironmentSource): Promise<number> {
  const [{ runRun }, { readEnvironment }, { createLogger }] = await Promise.all([
    import("./commands/run.ts"),
    import("./env.ts"),
    import("@pilab/logging"),
  ]);
  const environment = readEnvironment(source);
  const logger = createLogger({ app: "uploader", ...environment.log });
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await runRun(flags, { environment, source, logger, signal: stop.signal });
  } finally {
    await logger.close();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

async function report(error: unknown): Promise<number> {
  const { ERRORS, isPilabError } = await import("@pilab/schema");
  if (!isPilabError(error)) {
    process.stderr.write(
      `pilab-uploader: a fault of ours: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 1;
  }
  process.stderr.write(
    `pilab-uploader: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`,
  );
  return ERRORS[error.code].exitCode;
}
