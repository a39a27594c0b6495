import type { Command } from "commander";
import type { Start } from "./command-context.ts";

/** Options of `serve`. */
export interface ServeFlags {
  schedule: string;
  timeZone?: string;
  bucket?: string[];
}

/** `serve`. */
export function addServe(program: Command, start: Start): void {
  program
    .command("serve")
    .description(
      "The worker as a service: retention on a schedule, alerts, audit, and what the dashboard asks.",
    )
    .option("--schedule <cron>", "when retention runs: minute hour day month weekday", "0 2 * * *")
    .option("--time-zone <zone>", "of the schedule, such as Europe/Berlin (default: this machine's)")
    .option(
      "--bucket <name>",
      "only this one; may be repeated (default: every bucket of PiLab)",
      (name: string, names: string[] = []) => [...names, name],
    )
    .action(
      start(async (context, flags: ServeFlags) =>
        (await import("../serve/serve-command.ts")).runServe(context, flags),
      ),
    );
}
