import { type Command, InvalidArgumentError } from "commander";
import type { Start } from "./command-context.ts";

/** Options of `trash`'s commands. */
export interface TrashFlags {
  bucket?: string;
  limit?: number;
  yes?: boolean;
  json?: boolean;
}

/** `trash list` and `trash empty`. */
export function addTrash(program: Command, start: Start): void {
  const trash = program
    .command("trash")
    .description("What was removed and can be restored until its grace ends.");
  const bucket = ["--bucket <name>", "default: STORAGE_BUCKET"] as const;
  const work = () => import("../life/trash-command.ts");
  trash
    .command("list")
    .description("Lists it, what lies there longest first, with why, and when its grace ends.")
    .option(...bucket)
    .option("--limit <captures>", "how many to show (default: 50; with --json all)", count)
    .option("--json", "one JSON object a line instead of text")
    .action(start(async (context, flags: TrashFlags) => (await work()).listTrash(context, flags)));
  trash
    .command("empty")
    .description("Purges now what is past its grace. What is not stays: a policy's grace_days says how long.")
    .option(...bucket)
    .option("--yes", "do it: there is no way back")
    .option("--json", "one JSON object instead of text")
    .action(start(async (context, flags: TrashFlags) => (await work()).emptyTrash(context, flags)));
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("It wants a whole number from 1.");
}
