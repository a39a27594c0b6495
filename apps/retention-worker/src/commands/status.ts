import type { Command } from "commander";
import type { Start } from "./command-context.ts";

/** `status`. */
export function addStatus(program: Command, start: Start): void {
  program
    .command("status")
    .description("How the lab is: alerts, storage and its growth, uploads, devices, backlogs, runs, checks.")
    .option("--json", "one JSON object instead of text")
    .action(
      start(async (context, flags: { json?: boolean }) =>
        (await import("../monitor/status-command.ts")).runStatus(context, flags),
      ),
    );
}
