import { Command, CommanderError, InvalidArgumentError } from "commander";
import manifest from "../package.json" with { type: "json" };
import type { UploadFlags } from "./commands/upload.ts";
import type { EnvironmentSource } from "./env.ts";

// Commands are imported when they run: help and --version need none of the client behind them.

/**
 * Runs the command line and gives the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 partly done, 75 try
 * again later.
 */
export async function runMain(args: readonly string[], source: EnvironmentSource): Promise<number> {
  let exitCode = 0;
  const program = createProgram(async (paths, flags) => {
    exitCode = await upload(paths, flags, source);
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

function createProgram(onUpload: (paths: string[], flags: UploadFlags) => Promise<void>): Command {
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
    .action(onUpload);
  return program;
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
