import { type Command, InvalidArgumentError } from "commander";
import type { Start } from "./command-context.ts";

/** Options of `reconcile`. */
export interface ReconcileFlags {
  bucket?: string;
  fix?: boolean;
  confirm?: boolean;
  minAge: number;
  json?: boolean;
}

/** `reconcile`. */
export function addReconcile(program: Command, start: Start): void {
  program
    .command("reconcile")
    .description("Compares rows with objects and counters with rows; --fix puts right what can be.")
    .option("--bucket <name>", "default: STORAGE_BUCKET")
    .option(
      "--fix",
      "adopt objects without a row, move those of unknown origin to the trash, remove what is no picture, repair counters",
    )
    .option("--confirm", "trash and remove more than the brake lets pass")
    .option(
      "--min-age <time>",
      "leave objects alone that are younger, for their upload may be under way: 30m, 2h, 1d",
      age,
      3_600_000,
    )
    .option("--json", "one JSON object for each disagreement, the summary last")
    .action(
      start(async (context, flags: ReconcileFlags) =>
        (await import("../reconcile/reconcile-command.ts")).runReconcile(context, flags),
      ),
    );
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function age(text: string): number {
  const [, value, unit = "s"] = /^(\d{1,6})([smhd])?$/.exec(text) ?? [];
  if (value !== undefined) return Number(value) * (UNITS[unit] ?? 1000);
  throw new InvalidArgumentError("It wants a time such as 30m, 2h or 1d.");
}
