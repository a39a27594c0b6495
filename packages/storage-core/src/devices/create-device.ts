import { randomBytes } from "node:crypto";
import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

/** One row of table `devices`, in its names. */
export interface Device {
  id: string;
  slug: string;
  name: string;
  user_id: string | null;
  time_zone: string;
  expected_interval_s: number | null;
  series: string | null;
  shot_type: string | null;
  paused_until: string | null;
  created_at: string;
  retired_at: string | null;
}

/** What {@link createDevice} makes. */
export interface NewDevice {
  /** `[a-z0-9-]{1,63}`, for ever: object paths hang on it. */
  readonly slug: string;
  /** For people. Default: the slug. */
  readonly name?: string | undefined;
  /** IANA zone of the camera's clock. Default UTC. */
  readonly timeZone?: string | undefined;
  /** A capture is due this often. */
  readonly expectedIntervalS?: number | undefined;
  readonly series?: string | undefined;
  readonly shotType?: string | undefined;
}

/** A device and what it signs in with. The password is shown here once and stored nowhere else. */
export interface CreatedDevice {
  readonly device: Device;
  readonly credentials: { readonly email: string; readonly password: string };
}

/**
 * Makes a device: its own auth account, without a role, and its row. With the service key only. When the row cannot
 * be written, the account is removed again.
 */
export async function createDevice(ctx: PilabContext, input: NewDevice): Promise<CreatedDevice> {
  checkRights(ctx, input);
  if (await slugTaken(ctx, input.slug)) throw taken(input.slug);
  const password = randomBytes(24).toString("base64url");
  const account = await createAccount(ctx, input.slug, password);
  try {
    const device = await insertDevice(ctx, input, account.userId);
    return { device, credentials: { email: account.email, password } };
  } catch (error) {
    await removeAccount(ctx, account.userId, error);
    throw error;
  }
}

function checkRights(ctx: PilabContext, { slug }: NewDevice): void {
  if (ctx.session.kind !== "service") {
    throw new PilabError("forbidden", "devices.create needs the service key", {
      hint: "It makes an auth account. Pass { serviceKey } where the key may lie, never on a Pi.",
    });
  }
  if (!/^[a-z0-9-]{1,63}$/.test(slug)) {
    throw new PilabError("invalid_input", `slug is "${slug}", it must be 1 to 63 of a-z, 0-9 and -`);
  }
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
        dataOf(await ctx.auth.admin.createUser({ email, password, email_confirm: true })),
      );
      return { email, userId: user.id };
    } catch (error) {
      if (!(error instanceof PilabError && error.code === "already_exists")) throw error;
    }
  }
  throw taken(slug);
}

async function insertDevice(ctx: PilabContext, input: NewDevice, userId: string): Promise<Device> {
  const { slug, name = slug, timeZone = "UTC", expectedIntervalS, series, shotType } = input;
  return await ctx.call({ what: `making the device "${slug}"` }, async ({ signal }) => {
    const insert = ctx.supabase.from("devices").insert({
      slug,
      name,
      user_id: userId,
      time_zone: timeZone,
      expected_interval_s: expectedIntervalS ?? null,
      series: series ?? null,
      shot_type: shotType ?? null,
    });
    return dataOf(await insert.select("*").abortSignal(signal).single()) as Device;
  });
}

async function removeAccount(ctx: PilabContext, userId: string, because: unknown): Promise<void> {
  try {
    await ctx.call({ what: "removing the half-made account" }, async () =>
      dataOf(await ctx.auth.admin.deleteUser(userId)),
    );
  } catch (error) {
    ctx.logger?.warn({ userId, err: error, because }, "a half-made device account is left; it has no rights");
  }
}
