import type { Command } from "commander";
import type { Start } from "./command-context.ts";

/** `pin` and `unpin`. */
export function addPin(program: Command, start: Start): void {
  for (const [verb, description] of [
    ["pin", "Holds captures: no policy removes them, also when storage is full."],
    ["unpin", "Ends the hold."],
  ] as const) {
    program
      .command(verb)
      .description(description)
      .argument("<ids...>", "captures, by id")
      .option("--json", "one JSON object a line instead of text")
      .action(
        start(async (context, ids: string[], flags: { json?: boolean }) =>
          (await import("../life/change-by-id.ts")).changeById(context, verb, { ids, ...flags }),
        ),
      );
  }
}
