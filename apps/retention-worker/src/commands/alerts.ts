import { type Command, InvalidArgumentError } from "commander";
import type { Start } from "./command-context.ts";

/** Options of `alerts list`. */
export interface ListFlags {
  all?: boolean;
  json?: boolean;
}

/** Options of `alerts ack` and `alerts silence`. */
export interface MarkFlags {
  all?: boolean;
  for?: number;
  until?: Date;
  end?: boolean;
}

/** `alerts list`, `ack`, `silence`, `test` and `channels`. */
export function addAlerts(program: Command, start: Start): void {
  const alerts = program.command("alerts").description("What is wrong, and who is told.");
  const work = () => import("../alerts/alerts-command.ts");
  alerts
    .command("list", { isDefault: true })
    .description("Alerts that are not resolved, the newest first.")
    .option("--all", "resolved ones too: the last hundred")
    .option("--json", "one JSON object a line instead of text")
    .action(start(async (context, flags: ListFlags) => (await work()).runList(context, flags)));
  alerts
    .command("ack")
    .description("Says that somebody sees to it: no repeats.")
    .argument("[ids...]", "alerts, by id or its beginning")
    .option("--all", "all that are open")
    .action(
      start(async (context, ids: string[], flags: MarkFlags) => (await work()).runAck(context, ids, flags)),
    );
  alerts
    .command("silence")
    .description("Tells nobody of it for a while.")
    .argument("[ids...]", "alerts, by id or its beginning")
    .option("--all", "all that are not resolved")
    .option("--for <time>", "such as 30m, 8h or 3d", duration)
    .option("--until <time>", "ISO 8601, such as 2026-12-01T08:00Z", time)
    .option("--end", "tell of it again")
    .action(
      start(async (context, ids: string[], flags: MarkFlags) =>
        (await work()).runSilence(context, ids, flags),
      ),
    );
  alerts
    .command("test")
    .description("Sends a test message, with this machine's environment.")
    .argument("<channel>", "by name")
    .action(start(async (context, channel: string) => (await work()).runTest(context, channel)));
  alerts
    .command("channels")
    .description("Where alerts are told, and whether that works.")
    .option("--json", "one JSON object a line instead of text")
    .action(start(async (context, flags: { json?: boolean }) => (await work()).runChannels(context, flags)));
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function duration(text: string): number {
  const [, amount, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  if (unit === undefined) throw new InvalidArgumentError("It wants a number with m, h or d, such as 8h.");
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

function time(text: string): Date {
  const date = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("It wants a time such as 2026-12-01T08:00Z.");
  return date;
}
