import { Command, CommanderError, InvalidArgumentError } from "commander";
import manifest from "../package.json" with { type: "json" };

/** What the command line says. */
export interface Flags {
  readonly interval: number;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** The environment as the operating system gives it. */
export type EnvironmentSource = Readonly<Record<string, string | undefined>>;

/** Runs the command line and gives the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 75 try again later. */
export async function runMain(args: readonly string[], source: EnvironmentSource): Promise<number> {
  const program = new Command("pilab-top")
    .description("Shows in a terminal whether everything arrives, and which Pi needs you.")
    .version(manifest.version)
    .option("--interval <seconds>", "from one look to the next, 1 to 3600", seconds, 30)
    .option("--once", "look once, print it as text, and end; also when this is no terminal")
    .option("--json", "look once and print all that was read as one JSON object")
    .addHelpText(
      "after",
      `
Environment:
  SUPABASE_URL, SUPABASE_ANON_KEY   the server, and its public key (or SUPABASE_PUBLISHABLE_KEY)
  PILAB_EMAIL, PILAB_PASSWORD       an account with the role viewer or more (or PILAB_ACCESS_TOKEN)
  STORAGE_BUCKET                    which bucket (pilab-dev)
  NO_COLOR                          no colours`,
    )
    .exitOverride()
    .showHelpAfterError("Run with --help to see the options.");
  try {
    program.parse(args, { from: "user" });
    // Imported when it runs: help and --version need none of it.
    return await (await import("./run-top.ts")).runTop(program.opts<Flags>(), source);
  } catch (error) {
    // Commander has printed its own message or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return await report(error);
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 3600) return value;
  throw new InvalidArgumentError("It wants seconds from 1 to 3600.");
}

async function report(error: unknown): Promise<number> {
  const { ERRORS, isPilabError } = await import("@pilab/schema");
  if (!isPilabError(error)) {
    process.stderr.write(
      `pilab-top: a fault of ours: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 1;
  }
  process.stderr.write(`pilab-top: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`);
  return ERRORS[error.code].exitCode;
}
