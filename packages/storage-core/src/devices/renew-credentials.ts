import { type DeviceRow, deviceRow, PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { needServiceKey, setNewPassword } from "../people/accounts.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import type { CreatedDevice } from "./create-device.ts";

/**
 * Gives a device a new password, shown here once; the old one is dead, and its agent stops at its next renewal of the
 * session. For lost credentials and a new card. With the service key only.
 */
export async function renewCredentials(ctx: PilabContext, id: string): Promise<CreatedDevice> {
  needServiceKey(ctx, "devices.renewCredentials");
  const device = await read(ctx, id);
  const { slug, user_id, retired_at } = device;
  if (retired_at !== null)
    throw new PilabError("conflict", `The device ${slug} is retired and signs in no more`);
  if (user_id === null) {
    throw new PilabError("not_found", `The device ${slug} has no account`, {
      hint: "Its account was removed. Retire the device and make another.",
    });
  }
  const { email } = await ctx.call({ what: `reading the account of ${slug}` }, async () => {
    const { user } = dataOf(await ctx.admin.getUserById(user_id));
    return { email: user.email ?? "" };
  });
  return { device, credentials: { email, password: await setNewPassword(ctx, user_id) } };
}

async function read(ctx: PilabContext, id: string): Promise<DeviceRow> {
  const what = `reading device ${id}`;
  const rows = await ctx.call({ what }, async ({ signal }) => {
    const call = ctx.supabase.from("devices").select("*").eq("id", id).abortSignal(signal);
    return parsed(deviceRow.array(), dataOf(await call), what);
  });
  if (rows[0]) return rows[0];
  throw new PilabError("not_found", `There is no device ${id}`);
}
