import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import type { Start } from "./commands/command-context.ts";
import { addPin } from "./commands/pin.ts";
import { addRun } from "./commands/run.ts";

/** The command line: every command, one line each. Their files declare options and import the work when it runs. */
export function createProgram(start: Start): Command {
  const program = new Command("pilab-retention")
    .description("Keeps storage inside its policies, and can prove what it did.")
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError("Run with --help to see the options.");
  addPin(program, start);
  addRun(program, start);
  return program;
}
