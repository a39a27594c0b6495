import type { Command } from "commander";
import type { Start } from "./command-context.ts";

/** `doctor`. */
export function addDoctor(program: Command, start: Start): void {
  program
    .command("doctor")
    .description("Looks at all that the worker needs: server, key, channels, schedule, heartbeat URL.")
    .option("--json", "a JSON list instead of text")
    .action(
      start(async (context, flags: { json?: boolean }) =>
        (await import("../monitor/doctor-command.ts")).runDoctor(context, flags),
      ),
    );
}
