import { randomBytes } from "node:crypto";
import { type DeviceRow, isPilabError, type NewDevice, newDevice, PilabError } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { needServiceKey, newPassword } from "../people/accounts.ts";
import { dataOf } from "../supabase-error.ts";

/** A device and what it signs in with. The password is shown here once and stored nowhere else. */
export interface CreatedDevice {
  readonly device: DeviceRow;
  readonly credentials: { readonly email: string; readonly password: string };
}

/**
 * Makes a device: its own auth account, without a role, and its row. With the service key only. When the row cannot
 * be written, the account is removed again.
 */
export async function createDevice(ctx: PilabContext, input: NewDevice): Promise<CreatedDevice> {
  check(ctx, input);
  if (await slugTaken(ctx, input.slug)) throw taken(input.slug);
  const password = newPassword();
  const account = await createAccount(ctx, input.slug, password);
  try {
    const device = await insertDevice(ctx, input, account.userId);
    return { device, credentials: { email: account.email, password } };
  } catch (error) {
    await removeAccount(ctx, account.userId, error);
    throw error;
  }
}

function check(ctx: PilabContext, input: NewDevice): void {
  needServiceKey(ctx, "devices.create");
  const { error } = newDevice.safeParse(input);
  if (error) throw new PilabError("invalid_input", `devices.create: ${z.prettifyError(error)}`);
}

function taken(slug: string): PilabError {
  return new PilabError("already_exists", `There is a device "${slug}" already`, {
    hint: "Choose another slug: it is never renamed, and never given away again.",
  });
}

async function slugTaken(ctx: PilabContext, slug: string): Promise<boolean> {
  const rows = await ctx.call({ what: `looking for a device "${slug}"` }, async ({ signal }) =>
    dataOf(await ctx.supabase.from("devices").select("id").eq("slug", slug).abortSignal(signal)),
  );
  return rows.length > 0;
}

async function createAccount(ctx: PilabContext, slug: string, password: string) {
  // An account under the plain name and no device: a creation that died half-way left it. It has no rights; go round it.
  const names = [slug, `${slug}+${randomBytes(4).toString("hex")}`];
  for (const name of names) {
    // .invalid is reserved: no mail to a device can ever reach a stranger.
    const email = `${name}@devices.pilab.invalid`;
    try {
      const { user } = await ctx.call({ what: `making the account ${email}` }, async () =>
        dataOf(await ctx.admin.createUser({ email, password, email_confirm: true })),
      );
      return { email, userId: user.id };
    } catch (error) {
      if (!isPilabError(error) || error.code !== "already_exists") throw error;
    }
  }
  throw taken(slug);
}

async function insertDevice(ctx: PilabContext, input: NewDevice, userId: string): Promise<DeviceRow> {
  const row = { ...input, name: input.name ?? input.slug, user_id: userId };
  return await ctx.call({ what: `making the device "${input.slug}"` }, async ({ signal }) =>
    dataOf(await ctx.supabase.from("devices").insert(row).select("*").abortSignal(signal).single()),
  );
}

async function removeAccount(ctx: PilabContext, userId: string, because: unknown): Promise<void> {
  try {
    await ctx.call({ what: "removing the half-made account" }, async () =>
      dataOf(await ctx.admin.deleteUser(userId)),
    );
  } catch (error) {
    ctx.logger?.warn({ userId, err: error, because }, "a half-made device account is left; it has no rights");
  }
}
