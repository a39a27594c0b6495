import type { CommandContext } from "../commands/command-context.ts";
import { withWorker } from "../open-worker.ts";
import { describeMonitor } from "./describe-monitor.ts";
import { readMonitor } from "./read-monitor.ts";

/** Tells how the lab is. */
export async function runStatus(context: CommandContext, { json }: { json?: boolean }): Promise<number> {
  const monitor = await withWorker(context, "status", ({ client }) => readMonitor(client, context.signal));
  context.output.out(json ? `${JSON.stringify(monitor)}\n` : describeMonitor(monitor));
  return 0;
}
