import { CommanderError } from "commander";
import type { CommandContext, Start } from "./commands/command-context.ts";
import type { EnvironmentSource } from "./env.ts";
import { createProgram } from "./program.ts";

/**
 * Runs the command line and gives the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 partly done, 75 try
 * again later.
 */
export async function runMain(args: readonly string[], source: EnvironmentSource): Promise<number> {
  let exitCode = 0;
  const start: Start =
    (work) =>
    async (...given) => {
      exitCode = await interruptible(source, (context) => work(context, ...given));
    };
  try {
    await createProgram(start).parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed its own message or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return await report(error);
  }
}

/** SIGTERM and Ctrl-C ask the command to end; the second one means it. */
async function interruptible<T>(
  source: EnvironmentSource,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    const output: CommandContext["output"] = {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    };
    return await work({ source, output, signal: stop.signal });
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

async function report(error: unknown): Promise<number> {
  const { ERRORS, isPilabError } = await import("@pilab/schema");
  if (!isPilabError(error)) {
    process.stderr.write(
      `pilab-retention: a fault of ours: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 1;
  }
  process.stderr.write(
    `pilab-retention: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`,
  );
  return ERRORS[error.code].exitCode;
}
