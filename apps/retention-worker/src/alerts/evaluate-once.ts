import { type DeliverDeps, deliverAlerts } from "./deliver-alerts.ts";

/**
 * Looks at alerts once, for `run`: opens, resolves and tells without waiting. Where a worker serves it leaves that to it. Gives what
 * to say about it.
 */
export async function evaluateAlertsOnce(deps: DeliverDeps, signal: AbortSignal): Promise<string> {
  const workers = await deps.client.workers.status(signal);
  if (workers.some(({ alive }) => alive)) return "Alerts are watched by the worker that serves.";
  const { opened, resolved } = await deps.client.alerts.evaluate({ single: true, signal });
  const { sent, failed } = await deliverAlerts(deps, { signal });
  return [
    `Alerts were looked at once: ${opened} opened, ${resolved} resolved, ${sent} messages sent${failed > 0 ? `, ${failed} not sent` : ""}.`,
    "Nobody watches between runs: that is what `pilab-retention serve` does.",
  ].join(" ");
}
