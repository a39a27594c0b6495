import { type AlertDeliveryRow, type AlertMessage, alertDeliveryRow, type Database } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

type Update = Database["public"]["Tables"]["alert_deliveries"]["Update"];
type Json = Database["public"]["Tables"]["alert_deliveries"]["Row"]["message"];

/** Settings of {@link listAlertDeliveries}. */
export interface DeliveriesOptions {
  readonly channelId?: string | undefined;
  readonly state?: AlertDeliveryRow["state"] | undefined;
  /** 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The last messages to channels, newest first, with what became of them. For viewers and more. */
export async function listAlertDeliveries(
  ctx: PilabContext,
  { channelId, state, limit = 100, signal }: DeliveriesOptions = {},
): Promise<AlertDeliveryRow[]> {
  const what = "listing messages of alerts";
  return await ctx.call(
    { what },
    async (attempt) => {
      let query = ctx.supabase.from("alert_deliveries").select("*");
      if (channelId !== undefined) query = query.eq("channel_id", channelId);
      if (state !== undefined) query = query.eq("state", state);
      const page = query
        .order("created_at", { ascending: false })
        .order("id")
        .limit(Math.min(Math.max(1, limit), 1000));
      return parsed(z.array(alertDeliveryRow), dataOf(await page.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}

/**
 * The first message of each channel that is due. They are the caller's for `leaseS`: it says with {@link settleAlertDelivery} what
 * became of them; if it dies, they are due again. With the service key only.
 */
export async function claimAlertDeliveries(
  ctx: PilabContext,
  { leaseS, signal }: { readonly leaseS: number; readonly signal?: AbortSignal | undefined },
): Promise<AlertDeliveryRow[]> {
  const what = "taking messages to send";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("claim_alert_deliveries", { lease_s: leaseS });
      return parsed(z.array(alertDeliveryRow), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}

/** What became of an attempt to send. Without `retryInMs` a failure is the last. */
export type DeliveryOutcome =
  | { readonly sent: true }
  | { readonly sent: false; readonly error: string; readonly retryInMs?: number | undefined };

/** Says what became of a message that was claimed. With the service key only. */
export async function settleAlertDelivery(
  ctx: PilabContext,
  id: string,
  outcome: DeliveryOutcome,
): Promise<void> {
  await ctx.call({ what: `noting what became of message ${id}` }, async ({ signal }) => {
    const change = changeOf(outcome, Date.now() + (ctx.clock.offsetMs() ?? 0));
    dataOf(await ctx.supabase.from("alert_deliveries").update(change).eq("id", id).abortSignal(signal));
  });
}

/** Writes down a test message, which the caller sends at once and settles. With the service key only. */
export async function createTestDelivery(
  ctx: PilabContext,
  channelId: string,
  message: AlertMessage,
): Promise<AlertDeliveryRow> {
  const what = "writing a test message";
  return await ctx.call({ what }, async ({ signal }) => {
    const row = {
      channel_id: channelId,
      kind: "test",
      group_key: "test",
      message: message as unknown as Json,
    };
    const call = ctx.supabase.from("alert_deliveries").insert(row).select("*");
    return parsed(alertDeliveryRow, dataOf(await call.abortSignal(signal).single()), what);
  });
}

function changeOf(outcome: DeliveryOutcome, nowMs: number): Update {
  if (outcome.sent) return { state: "sent", sent_at: new Date(nowMs).toISOString(), last_error: null };
  const last_error = outcome.error.slice(0, 1000);
  if (outcome.retryInMs === undefined) return { state: "failed", last_error };
  return { state: "pending", last_error, next_attempt_at: new Date(nowMs + outcome.retryInMs).toISOString() };
}
