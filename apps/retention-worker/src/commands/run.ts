import { type Command, InvalidArgumentError } from "commander";
import type { Start } from "./command-context.ts";

/** Options of `run`. */
export interface RunFlags {
  bucket?: string;
  policy?: string;
  retentionDays?: number;
  dryRun?: boolean;
  plan?: string;
  confirm?: boolean;
  json?: boolean;
}

/** `run`. */
export function addRun(program: Command, start: Start): void {
  program
    .command("run")
    .description("Retention, once: what policies remove goes to the trash, what is past its grace is purged.")
    .option("--bucket <name>", "default: STORAGE_BUCKET")
    .option("--policy <id>", "execute what this policy removes, and no other's")
    .option(
      "--retention-days <days>",
      "a one-off policy: remove what was received so many days ago or earlier",
      days,
    )
    .option("--dry-run", "only tell what would go, why, and what it frees; remembers the plan")
    .option("--plan <digest>", "execute the plan that a dry run showed, or refuse it when it no longer fits")
    .option("--confirm", "remove more than the brake lets pass")
    .option("--json", "one JSON object a run instead of text")
    .action(
      start(async (context, flags: RunFlags) =>
        (await import("../run/run-command.ts")).runRun(context, flags),
      ),
    );
}

function days(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 36_500) return value;
  throw new InvalidArgumentError("It wants a whole number from 1 to 36500.");
}
