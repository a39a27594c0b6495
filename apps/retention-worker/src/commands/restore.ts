import type { Command } from "commander";
import type { Start } from "./command-context.ts";

/** Options of `restore`: which captures; all given ones must hold. */
export interface RestoreFlags {
  id?: string[];
  run?: string;
  device?: string;
  since?: string;
  until?: string;
  bucket?: string;
  pin?: boolean;
  json?: boolean;
}

/** `restore`. */
export function addRestore(program: Command, start: Start): void {
  program
    .command("restore")
    .description(
      "Takes captures out of the trash. Those that a policy removed go again, unless they are pinned.",
    )
    .option("--id <id>", "this capture; may be repeated", (id: string, ids: string[] = []) => [...ids, id])
    .option("--run <id>", "what this run moved to the trash")
    .option("--device <slug>", "of this device")
    .option("--since <time>", "moved to the trash at or after, such as 2026-03-09 or 2026-03-09T14:00Z")
    .option("--until <time>", "moved to the trash at or before")
    .option("--bucket <name>", "default: STORAGE_BUCKET")
    .option("--pin", "pin them too, so that no policy removes them again")
    .option("--json", "one JSON object a line instead of text")
    .action(
      start(async (context, flags: RestoreFlags) =>
        (await import("../life/restore-command.ts")).runRestore(context, flags),
      ),
    );
}
