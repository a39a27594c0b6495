import {
  type AlertChannelRow,
  alertChannelRow,
  channelConfig,
  type Database,
  type NewAlertChannel,
  newAlertChannel,
  PilabError,
} from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

type Insert = Database["public"]["Tables"]["alert_channels"]["Insert"];

const HINTS = { already_exists: "Give it another name.", forbidden: "Only admins write channels." };

/** What of a channel may be changed: all but its kind. */
export type AlertChannelChange = Partial<
  Pick<AlertChannelRow, "name" | "enabled" | "min_severity" | "config" | "secret_env">
>;

/** Every channel, by name. For viewers and more. */
export async function listAlertChannels(ctx: PilabContext, signal?: AbortSignal): Promise<AlertChannelRow[]> {
  const what = "listing the channels of alerts";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.from("alert_channels").select("*").order("name").abortSignal(attempt.signal);
      return parsed(z.array(alertChannelRow), dataOf(await call), what);
    },
    { signal },
  );
}

/** Makes a channel. For admins. Throws `invalid_input` naming what its kind needs, `already_exists` for a name twice. */
export async function createAlertChannel(
  ctx: PilabContext,
  channel: NewAlertChannel,
): Promise<AlertChannelRow> {
  const what = "making a channel for alerts";
  const row = checked(newAlertChannel, channel, what) as Insert;
  return await ctx.call({ what, hints: HINTS }, async ({ signal }) => {
    const call = ctx.supabase.from("alert_channels").insert(row).select("*");
    return parsed(alertChannelRow, dataOf(await call.abortSignal(signal).single()), what);
  });
}

/** Changes the fields that are given. For admins. Throws `not_found`. */
export async function updateAlertChannel(
  ctx: PilabContext,
  id: string,
  change: AlertChannelChange,
): Promise<AlertChannelRow> {
  const what = `changing the channel ${id}`;
  return await ctx.call({ what, hints: HINTS }, async ({ signal }) => {
    const table = ctx.supabase.from("alert_channels");
    const before = dataOf(await table.select("*").eq("id", id).abortSignal(signal).single());
    const { kind, config, secret_env } = { ...parsed(alertChannelRow, before, what), ...change };
    checked(channelConfig, { kind, config, secret_env }, what);
    const call = table
      .update(change as Insert)
      .eq("id", id)
      .select("*");
    return parsed(alertChannelRow, dataOf(await call.abortSignal(signal).single()), what);
  });
}

/** Removes a channel with the list of its messages. For admins. Throws `not_found`. */
export async function removeAlertChannel(ctx: PilabContext, id: string): Promise<void> {
  await ctx.call({ what: `removing the channel ${id}`, hints: HINTS }, async ({ signal }) => {
    const call = ctx.supabase.from("alert_channels").delete().eq("id", id).select("id");
    dataOf(await call.abortSignal(signal).single());
  });
}

function checked<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const { data, error } = schema.safeParse(value);
  if (error) throw new PilabError("invalid_input", `${what}: ${z.prettifyError(error)}`);
  return data as z.output<S>;
}
