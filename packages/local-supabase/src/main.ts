#!/usr/bin/env node
import { createLogger } from "@pilab/logging";
import { ERRORS, isPilabError } from "@pilab/schema";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ADMIN_EMAIL } from "./admin-account.ts";
import { backup, restore } from "./commands/backup.ts";
import { type Io, terminal } from "./commands/io.ts";
import { keys } from "./commands/keys.ts";
import { password } from "./commands/password.ts";
import { rebuild } from "./commands/rebuild.ts";
import { reset } from "./commands/reset.ts";
import { start } from "./commands/start.ts";
import { status } from "./commands/status.ts";
import { readEnvironment } from "./env.ts";

/**
 * Runs one command and gives its exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 partly done, 75 try again
 * later.
 *
 * @param argv without the program's own two
 */
export async function run(argv: readonly string[], io: Io, signal: AbortSignal): Promise<number> {
  try {
    await program(readEnvironment(process.env, { isTerminal: process.stderr.isTTY }), io, signal).parseAsync(
      argv,
      { from: "user" },
    );
    return 0;
  } catch (error) {
    // commander has said what is wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return report(error, io);
  }
}

function program(env: ReturnType<typeof readEnvironment>, io: Io, signal: AbortSignal): Command {
  const { local, bucket, log } = env;
  const dataDir = () =>
    new Option("--data-dir <folder>", "database, objects and keys").default(local.dataDir);
  const database = () =>
    new Option(
      "--database <url>",
      "a Postgres instead of PGlite (better given as PILAB_DATABASE_URL)",
    ).argParser(postgresUrl);
  const withDatabase = <T extends { database?: string }>(options: T) => ({
    ...options,
    database: options.database ?? local.database,
  });

  const main = new Command("pilab-local")
    .description("The local Supabase of PiLab: one process that answers supabase-js, with no Docker")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
    })
    .showHelpAfterError("(pilab-local --help says more)");

  main
    .command("start")
    .description("Serve until Ctrl-C")
    .addOption(dataDir())
    .option("--port <number>", "the next free one is taken when it is not free; 0: any", portNumber, 54321)
    .option("--host <address>", "0.0.0.0 lets other machines in", "127.0.0.1")
    .addOption(database())
    .option("--no-storage", "leave /storage/v1 to another server")
    .option("--jwt-secret <text>", "signs every token (better given as PILAB_JWT_SECRET)")
    .option("--tls-cert <file>", "certificate chain, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .option(
      "--accept-power-loss",
      "allow PGlite beyond this machine, though a power cut may lose rows",
      false,
    )
    .action(async (options) => {
      const logger = createLogger({
        app: "local",
        ...log,
        destination: { write: (line) => void process.stderr.write(line) },
      });
      try {
        await start({ ...withDatabase(options), jwtSecret: options.jwtSecret ?? local.jwtSecret }, io, {
          signal,
          logger,
        });
      } finally {
        await logger.close();
      }
    });
  main
    .command("status")
    .description("Say whether it runs, where, and how much it holds")
    .addOption(dataDir())
    .option("--json", "for programs")
    .action((options) => status(options, io));
  main
    .command("keys")
    .description("Print the keys: the service key among them opens everything")
    .addOption(dataDir())
    .option("--env", "as lines of an .env file")
    .option("--json", "for programs")
    .action((options) => keys(options, io));
  main
    .command("password [email]")
    .description(
      "Give an account a new password and print it; the server must run (default: the first admin)",
    )
    .addOption(dataDir())
    .action((email, options) => password({ ...options, email: email ?? ADMIN_EMAIL }, io));
  main
    .command("backup <folder>")
    .description(
      "Copy rows, objects and keys as they are at one moment, and verify the copy; the server may run",
    )
    .addOption(dataDir())
    .addOption(database())
    .action((to, options) => backup({ ...withDatabase(options), to }, io));
  main
    .command("restore <folder>")
    .description("Fill an empty data folder from a backup, which may come from either kind of database")
    .addOption(dataDir())
    .addOption(database())
    .action((from, options) => restore({ ...withDatabase(options), from }, io));
  main
    .command("rebuild")
    .description("Remake the catalogue from what lies beside each object's file")
    .addOption(dataDir())
    .addOption(database())
    .option("--fresh", "set PGlite's database aside first, when it cannot be opened any more")
    .option("--json", "for programs")
    .action((options) => rebuild(withDatabase(options), io));
  main
    .command("reset")
    .description("Remove the database and all objects; asks for the bucket's name")
    .addOption(dataDir())
    .option("--confirm <bucket>", "the bucket's name, where nobody is there to be asked")
    .action((options) => reset({ ...options, bucket }, io));
  return main;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535)
    throw new InvalidArgumentError("It must be a number from 0 to 65535.");
  return port;
}

function postgresUrl(text: string): string {
  if (!/^postgres(ql)?:\/\//.test(text)) throw new InvalidArgumentError("It must start with postgres://");
  return text;
}

function report(error: unknown, io: Io): number {
  if (isPilabError(error)) {
    io.err(error.message);
    if (error.hint) io.err(error.hint);
    return ERRORS[error.code].exitCode;
  }
  io.err(messageOf(error));
  // The stack of a fault that the system or the database named would only hide its words.
  const isNamed = typeof (error as { code?: unknown }).code === "string";
  if (!isNamed && error instanceof Error && error.stack) io.err(error.stack);
  return ERRORS.internal.exitCode;
}

/** An error's words; those of its parts where, as of a connection tried on two addresses, it has none itself. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

if (import.meta.main) {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      // The second one is meant.
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  process.exitCode = await run(process.argv.slice(2), terminal, stop.signal);
}
