import { type Command, InvalidArgumentError, Option } from "commander";
import type { Start } from "./command-context.ts";

/** Options of `audit verify`. */
export interface AuditVerifyFlags {
  head?: string;
  fromExport?: string;
  json?: boolean;
}

/** Options of `audit export`. */
export interface AuditExportFlags {
  csv?: boolean;
  jsonl?: boolean;
  since?: Date;
  until?: Date;
  output?: string;
}

/** `audit seal`, `audit verify`, `audit export` and `audit head`. */
export function addAudit(program: Command, start: Start): void {
  const audit = program.command("audit").description("The audit log: seal, verify, export.");
  audit
    .command("seal")
    .description("Seals all entries so far, and prints the head; AUDIT_HEAD_FILE gets it too.")
    .action(start(async (context) => (await import("../audit/audit-commands.ts")).runSeal(context)));
  audit
    .command("head")
    .description("Prints the head of the chain: keep it where the database's owner cannot write.")
    .option("--output <file>", "append it to this file instead")
    .action(
      start(async (context, flags: { output?: string }) =>
        (await import("../audit/audit-commands.ts")).runHead(context, flags),
      ),
    );
  audit
    .command("verify")
    .description(
      "Computes every digest anew, compares with heads kept outside, names ranges that were tampered with.",
    )
    .option("--head <file>", "heads kept outside the database, one a line (default: AUDIT_HEAD_FILE)")
    .option("--from-export <file>", 'check an export instead of the database; "-" reads standard input')
    .option("--json", "the whole report as one JSON object")
    .action(
      start(async (context, flags: AuditVerifyFlags) =>
        (await import("../audit/audit-commands.ts")).runVerify(context, flags),
      ),
    );
  audit
    .command("export")
    .description("Writes the log: as lines that can be verified without the database, or for a spreadsheet.")
    .addOption(new Option("--jsonl", "one JSON object a line, with the seals (default)").conflicts("csv"))
    .option("--csv", "for a spreadsheet: nothing in it is taken for a formula")
    .option("--since <time>", "from this time on: 2026-03-01, 2026-03-01T12:00:00Z", time)
    .option("--until <time>", "before this time", time)
    .option("--output <file>", "default: standard output")
    .action(
      start(async (context, flags: AuditExportFlags) =>
        (await import("../audit/audit-commands.ts")).runExport(context, flags),
      ),
    );
}

function time(text: string): Date {
  const value = new Date(text);
  if (!Number.isNaN(value.getTime())) return value;
  throw new InvalidArgumentError("It wants a time such as 2026-03-01 or 2026-03-01T12:00:00Z.");
}
