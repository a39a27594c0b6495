import { type AlertRow, PilabError } from "@pilab/schema";
import type { PilabClient } from "@pilab/storage-core";
import { openChannel } from "../channels/open-channel.ts";
import type { ListFlags, MarkFlags } from "../commands/alerts.ts";
import type { CommandContext } from "../commands/command-context.ts";
import { spanText, table } from "../monitor/table.ts";
import { withWorker } from "../open-worker.ts";
import { testChannel } from "./test-channel.ts";

/** Lists alerts. */
export async function runList(context: CommandContext, { all, json }: ListFlags): Promise<number> {
  const { out } = context.output;
  return await withWorker(context, "alerts", async ({ client }) => {
    const { signal } = context;
    const { alerts } = await client.alerts.list({
      ...(!all && { state: "unresolved", limit: 1000 }),
      signal,
    });
    const nowMs = Date.now() + (client.clockOffsetMs() ?? 0);
    if (json) for (const alert of alerts) out(`${JSON.stringify(alert)}\n`);
    else
      out(
        alerts.length === 0
          ? "Nothing is wrong.\n"
          : `${table(alerts.map((alert) => rowOf(alert, nowMs))).join("\n")}\n`,
      );
    return 0;
  });
}

function rowOf(
  { id, severity, state, opened_at, resolved_at, silenced_until, held, title }: AlertRow,
  nowMs: number,
): string[] {
  const isSilenced = silenced_until !== null && Date.parse(silenced_until) > nowMs;
  const since = resolved_at === null ? Date.parse(opened_at) : Date.parse(resolved_at);
  const notes = [
    isSilenced && `silenced until ${silenced_until.slice(0, 16)}Z`,
    held && "its device is away",
  ].filter((note) => note !== false);
  return [
    id.slice(0, 8),
    severity,
    state,
    `${spanText((nowMs - since) / 1000)} ago`,
    title + (notes.length > 0 ? ` (${notes.join(", ")})` : ""),
  ];
}

/** Acknowledges alerts. */
export async function runAck(
  context: CommandContext,
  ids: readonly string[],
  flags: MarkFlags,
): Promise<number> {
  return await withWorker(context, "alerts", async ({ client }) => {
    const chosen = await choose(client, ids, flags);
    const changed = await client.alerts.acknowledge(chosen);
    context.output.out(`${changed.length} of ${chosen.length} acknowledged.\n`);
    return 0;
  });
}

/** Silences alerts, or ends it. */
export async function runSilence(
  context: CommandContext,
  ids: readonly string[],
  flags: MarkFlags,
): Promise<number> {
  const given = [flags.for, flags.until, flags.end].filter((flag) => flag !== undefined);
  if (given.length !== 1)
    throw new PilabError("invalid_input", "alerts silence wants one of --for, --until and --end");
  return await withWorker(context, "alerts", async ({ client }) => {
    const chosen = await choose(client, ids, flags);
    const nowMs = Date.now() + (client.clockOffsetMs() ?? 0);
    const until = flags.end ? null : (flags.until ?? new Date(nowMs + (flags.for ?? 0)));
    if (until !== null && until.getTime() <= nowMs)
      throw new PilabError("invalid_input", `--until ${until.toISOString()} is over already`);
    const changed = await client.alerts.silence(chosen, until);
    context.output.out(
      `${changed.length} of ${chosen.length} ${until === null ? "told again" : `silenced until ${until.toISOString()}`}.\n`,
    );
    return 0;
  });
}

/** The ids of unresolved alerts, given whole or by their beginning. */
async function choose(client: PilabClient, given: readonly string[], { all }: MarkFlags): Promise<string[]> {
  if (all === given.length > 0)
    throw new PilabError("invalid_input", "Name alerts by their ids, or say --all");
  const { alerts } = await client.alerts.list({ state: "unresolved", limit: 1000 });
  if (all) return alerts.map(({ id }) => id);
  return given.map((start) => {
    const [alert, ...others] = alerts.filter(({ id }) => id.startsWith(start.toLowerCase()));
    if (alert !== undefined && others.length === 0) return alert.id;
    throw new PilabError(
      "not_found",
      alert === undefined
        ? `No alert that is open begins with ${start}`
        : `${start} is the beginning of ${others.length + 1} alerts`,
      { hint: "pilab-retention alerts list shows them." },
    );
  });
}

/** Sends a test message. */
export async function runTest(context: CommandContext, channel: string): Promise<number> {
  return await withWorker(context, "alerts", async (worker) => {
    const sent = await testChannel(worker, channel, context.signal);
    context.output.out(`A test message was sent over ${sent.channel}: look whether it came.\n`);
    return 0;
  });
}

/** Lists channels, each with whether this environment has its secret and what became of its last message. */
export async function runChannels(context: CommandContext, { json }: { json?: boolean }): Promise<number> {
  const { out } = context.output;
  return await withWorker(context, "alerts", async ({ client, source }) => {
    const channels = await client.alerts.channels.list(context.signal);
    if (channels.length === 0) {
      if (!json)
        out(
          "There are no channels: nobody will be told of alerts. An admin makes them on the dashboard's page Alerts.\n",
        );
      return 0;
    }
    const rows: string[][] = [];
    for (const channel of channels) {
      const [last] = await client.alerts.deliveries.list({
        channelId: channel.id,
        limit: 1,
        signal: context.signal,
      });
      const problem = problemOf(() => openChannel(channel, source));
      if (json) out(`${JSON.stringify({ ...channel, problem, last_delivery: last ?? null })}\n`);
      const delivery =
        last && `last message ${last.state}${last.last_error === null ? "" : `: ${last.last_error}`}`;
      rows.push([
        ...[channel.name, channel.kind, channel.enabled ? "on" : "off", `from ${channel.min_severity}`],
        problem ?? delivery ?? "nothing sent yet",
      ]);
    }
    if (!json) out(`${table(rows).join("\n")}\n`);
    return 0;
  });
}

function problemOf(open: () => unknown): string | null {
  try {
    open();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
