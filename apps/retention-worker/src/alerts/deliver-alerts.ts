import { backoffDelayMs, classify, retry } from "@pilab/retry";
import { type AlertChannelRow, type AlertDeliveryRow, isPilabError, PilabError } from "@pilab/schema";
import { openChannel } from "../channels/open-channel.ts";
import type { Worker } from "../open-worker.ts";

/** What {@link deliverAlerts} works with. */
export type DeliverDeps = Pick<Worker, "client" | "source" | "logger">;

/** How messages are tried again. At once a few times; then, remembered in the database, for 24 hours. */
export const DELIVERY_TIMING = {
  /** Within one attempt: a connection that was cut, a service that is restarted. */
  quick: { maxAttempts: 3, baseDelayMs: 1000, maxDelayMs: 5000, jitter: 0.2, budgetMs: 60_000 },
  /** From one attempt to the next. */
  slow: { baseDelayMs: 30_000, maxDelayMs: 15 * 60_000, jitter: 0.2 },
  /** No service is obeyed that asks for more. The database takes an hour for a clock that went back. */
  askedMaxMs: 50 * 60_000,
  /** For so long a message is this worker's: longer than an attempt takes. */
  leaseS: 120,
} as const;

/** What was sent, and what was not. */
export interface Delivered {
  readonly sent: number;
  readonly failed: number;
}

/**
 * Sends what is due, each channel's messages in their order and all channels at once. A message is at the channel before it is
 * noted as sent, so a worker that dies between the two sends it again under the same id.
 */
export async function deliverAlerts(
  deps: DeliverDeps,
  { signal, timing = DELIVERY_TIMING }: { signal: AbortSignal; timing?: Timing },
): Promise<Delivered> {
  const { deliveries, channels } = deps.client.alerts;
  const counts = { sent: 0, failed: 0 };
  for (;;) {
    const due = await deliveries.claim({ leaseS: timing.leaseS, signal });
    if (due.length === 0) return counts;
    const rows = new Map((await channels.list(signal)).map((row) => [row.id, row]));
    const results = await Promise.all(
      due.map((delivery) => attempt(deps, delivery, { row: rows.get(delivery.channel_id), signal, timing })),
    );
    for (const isSent of results) counts[isSent ? "sent" : "failed"] += 1;
  }
}

type Timing = Omit<typeof DELIVERY_TIMING, "quick"> & {
  readonly quick: { readonly [K in keyof typeof DELIVERY_TIMING.quick]: number };
};

async function attempt(
  { client, source, logger }: DeliverDeps,
  delivery: AlertDeliveryRow,
  { row, signal, timing }: { row: AlertChannelRow | undefined; signal: AbortSignal; timing: Timing },
): Promise<boolean> {
  const { id, kind, message, attempts } = delivery;
  const fields = { delivery_id: id, channel: row?.name, attempts };
  try {
    if (row === undefined) throw new PilabError("not_found", "The channel was removed meanwhile");
    const channel = openChannel(row, source);
    await retry(({ signal: stop }) => channel.send({ id, kind, message }, stop), { ...timing.quick, signal });
  } catch (error) {
    // Told to stop: its lease runs out, and the next worker sends it.
    if (signal.aborted) throw error;
    const outcome = {
      sent: false,
      error: sayError(error),
      retryInMs: retryInMs(error, attempts, timing),
    } as const;
    logger.warn({ ...fields, err: error, retry_in_ms: outcome.retryInMs }, "a message was not sent");
    await client.alerts.deliveries.settle(id, outcome);
    return false;
  }
  await client.alerts.deliveries.settle(id, { sent: true });
  logger.info({ ...fields, title: message.title }, "message sent");
  return true;
}

/** Undefined: no further try helps. */
function retryInMs(error: unknown, attempts: number, { slow, askedMaxMs }: Timing): number | undefined {
  const { kind, code, retryAfterMs = 0 } = classify(error);
  // A secret that is missing may be there after a restart.
  if (kind !== "transient" && code !== "invalid_environment") return undefined;
  return Math.max(backoffDelayMs(attempts, slow), Math.min(retryAfterMs, askedMaxMs));
}

/** An error for those who may view: channels keep secrets out of theirs, others say nothing. */
export function sayError(error: unknown): string {
  return isPilabError(error) ? error.message : "A fault of the worker; its log says more";
}
