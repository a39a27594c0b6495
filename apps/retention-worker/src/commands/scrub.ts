import { type Command, InvalidArgumentError } from "commander";
import type { Start } from "./command-context.ts";

/** Options of `scrub`. */
export interface ScrubFlags {
  bucket?: string;
  sample: number;
  maxBytes: number;
  json?: boolean;
}

/** `scrub`. */
export function addScrub(program: Command, start: Start): void {
  program
    .command("scrub")
    .description("Reads back what was checked longest ago and hashes it, so that over weeks everything is.")
    .option("--bucket <name>", "default: STORAGE_BUCKET")
    .option("--sample <share>", "how much of the bucket a day: 1%, 0.05", share, 0.01)
    .option(
      "--max-bytes <size>",
      "at most so much a day, for egress costs money: 500MB, 1GiB",
      size,
      1024 ** 3,
    )
    .option("--json", "one JSON object for each capture that is wrong, the summary last")
    .action(
      start(async (context, flags: ScrubFlags) =>
        (await import("../scrub/scrub-command.ts")).runScrub(context, flags),
      ),
    );
}

function share(text: string): number {
  const value = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError("It wants a share above 0, such as 1% or 0.05.");
}

const UNITS: Record<string, number> = {
  ...{ B: 1, KB: 1000, MB: 1000 ** 2, GB: 1000 ** 3, TB: 1000 ** 4 },
  ...{ KIB: 1024, MIB: 1024 ** 2, GIB: 1024 ** 3, TIB: 1024 ** 4 },
};

function size(text: string): number {
  const [, value, unit = "B"] = /^(\d+(?:\.\d+)?) ?([KMGT]?i?B)?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(value) * (UNITS[unit.toUpperCase()] ?? Number.NaN));
  if (bytes >= 1) return bytes;
  throw new InvalidArgumentError("It wants a size such as 500MB or 1GiB.");
}
