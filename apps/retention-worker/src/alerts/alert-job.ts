import { hostname } from "node:os";
import { ROUND_TIMING } from "@pilab/storage-core";
import manifest from "../../package.json" with { type: "json" };
import { openChannel } from "../channels/open-channel.ts";
import type { Job } from "../serve/job.ts";
import { type DeliverDeps, deliverAlerts, sayError } from "./deliver-alerts.ts";

const PRUNE_EVERY_MS = 60 * 60_000;
/** As much as one call of prune removes of a table. */
const PRUNED_MAX = 20_000;

/** One round after the other: evaluate, deliver, say that the worker is alive; now and then remove old history. */
export function alertJob(deps: DeliverDeps, { schedule }: { schedule: string | null }): Job {
  const startedAt = new Date().toISOString();
  let pruneAtMs = 0;
  return {
    name: "alerts",
    every: ROUND_TIMING.everyS * 1000,
    async run(signal) {
      const errors: unknown[] = [];
      const attempt = async (work: () => Promise<unknown>) => {
        await work().catch((error: unknown) => errors.push(error));
      };
      // Each does what it can though the one before it failed: what waits is sent though nothing can be judged.
      await attempt(() => deps.client.alerts.evaluate({ signal }));
      await attempt(() => deliverAlerts(deps, { signal }));
      if (performance.now() >= pruneAtMs) {
        pruneAtMs = performance.now() + PRUNE_EVERY_MS;
        await attempt(() => prune(deps, signal));
      }
      await attempt(() => tick(deps, { startedAt, schedule, lastError: errors[0], signal }));
      if (errors.length > 0) throw errors[0];
    },
  };
}

async function tick(
  { client, source }: DeliverDeps,
  {
    startedAt,
    schedule,
    lastError,
    signal,
  }: { startedAt: string; schedule: string | null; lastError: unknown; signal: AbortSignal },
): Promise<void> {
  const channels = await client.alerts.channels.list(signal);
  const isOpen = (channel: (typeof channels)[number]) => {
    try {
      return openChannel(channel, source) !== undefined;
    } catch {
      return false; // its page and each of its messages say why
    }
  };
  await client.workers.tick(
    {
      name: "retention",
      host: hostname().slice(0, 200),
      version: manifest.version,
      started_at: startedAt,
      schedule,
      last_error: lastError === undefined ? null : sayError(lastError).slice(0, 1000),
      channels: Object.fromEntries(channels.map((channel) => [channel.name, isOpen(channel)])),
    },
    signal,
  );
}

async function prune({ client, logger }: DeliverDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    const removed = await client.workers.prune(signal);
    if (Object.values(removed).some((count) => count > 0)) logger.info({ removed }, "old history removed");
    if (!Object.values(removed).some((count) => count >= PRUNED_MAX)) return;
  }
}
