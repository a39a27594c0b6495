import { CommanderError } from "commander";
import type { RunFlags } from "./agent/settings.ts";
import type { CommandContext } from "./commands/command-context.ts";
import type { UploadFlags } from "./commands/upload.ts";
import type { EnvironmentSource } from "./env.ts";
import { createProgram } from "./program.ts";

/** The agent's end, whatever hangs: before systemd's patience (TimeoutStopSec) ends. Being killed loses it nothing. */
const STOP_MS = 10_000;

// Commands are imported when they run: help and --version need none of the client behind them.

/**
 * Runs the command line and gives the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 partly done, 75 try
 * again later.
 */
export async function runMain(args: readonly string[], source: EnvironmentSource): Promise<number> {
  let exitCode = 0;
  /** An action that keeps the exit code of what it starts. */
  const action =
    <Args extends unknown[]>(start: (...args: Args) => Promise<number>) =>
    async (...args: Args): Promise<void> => {
      exitCode = await start(...args);
    };
  const withSignal = <T>(work: (context: CommandContext) => Promise<T>) => interruptible(source, work);
  const program = createProgram({
    upload: action((paths, flags) => upload(paths, flags, source)),
    run: action((flags) => run(flags, source)),
    status: action(async (flags) =>
      (await import("./commands/status.ts")).runStatus(flags, contextOf(source)),
    ),
    doctor: action((flags) =>
      withSignal(async (context) => (await import("./commands/doctor.ts")).runDoctor(flags, context)),
    ),
    retry: action(async (flags) => (await import("./commands/retry.ts")).runRetry(flags, contextOf(source))),
    quarantineList: action(async (flags) =>
      (await import("./commands/quarantine.ts")).listQuarantine(flags, contextOf(source)),
    ),
    quarantineRelease: action(async (ids, flags) =>
      (await import("./commands/quarantine.ts")).releaseQuarantine(ids, flags, contextOf(source)),
    ),
    capture: action((camera, flags) =>
      withSignal(async (context) =>
        (await import("./commands/capture.ts")).runCapture(camera, flags, context),
      ),
    ),
    install: action(async (camera, flags) =>
      (await import("./commands/install.ts")).runInstall(camera, flags, contextOf(source)),
    ),
    uninstall: action(async (flags) =>
      (await import("./commands/install.ts")).runUninstall(flags, contextOf(source)),
    ),
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

function contextOf(source: EnvironmentSource, signal = new AbortController().signal): CommandContext {
  return {
    source,
    output: {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    },
    signal,
  };
}

/** SIGTERM and Ctrl-C ask the command to end; the second time someone means it, and it ends at once. */
async function interruptible<T>(
  source: EnvironmentSource,
  work: (context: CommandContext) => Promise<T>,
  onFirst = () => {},
): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    onFirst();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await work(contextOf(source, stop.signal));
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
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
      ...contextOf(source, interrupt.signal),
      environment,
      ...(logger === undefined ? {} : { client: { logger } }),
      warn: (message) => process.stderr.write(`pilab-uploader: ${message}\n`),
      isTerminal: process.stdout.isTTY === true && process.stderr.isTTY === true,
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
  const endAnyway = () => {
    logger.fatal(`did not end within ${STOP_MS / 1000} s of being told to: ends as if killed`);
    // Not process.exit: it waits for threads, and one may hang in a file system.
    void logger.close().finally(() => process.kill(process.pid, "SIGKILL"));
  };
  return await interruptible(
    source,
    ({ signal }) => runRun(flags, { environment, source, logger, signal }),
    () => setTimeout(endAnyway, STOP_MS).unref(),
  ).finally(() => logger.close());
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
