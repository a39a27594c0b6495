import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

/** What an upload needs to know of its device. */
export interface UploadDevice {
  readonly id: string;
  readonly slug: string;
  /** IANA zone, for times without an offset. */
  readonly timeZone: string;
  readonly series: string | null;
  readonly shotType: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The device that captures are uploaded for: the signed-in account's own, or, with the service key, the one named by
 * slug or id. Any other account is told that only devices upload.
 */
export async function resolveDevice(ctx: PilabContext, wanted?: string): Promise<UploadDevice> {
  if (ctx.session.kind === "service" && wanted === undefined) {
    throw new PilabError("invalid_input", "With the service key an upload must name its device", {
      hint: 'Pass { device: "its-slug" }, or sign in as the device itself.',
    });
  }
  const column = ctx.session.kind !== "service" ? "user_id" : UUID.test(wanted ?? "") ? "id" : "slug";
  const value =
    column === "user_id"
      ? subjectOf(await ctx.call({ what: "signing in" }, () => ctx.session.token()))
      : wanted;
  const rows = await ctx.call(
    { what: "looking up the device" },
    async ({ signal }) =>
      dataOf(
        await ctx.supabase
          .from("devices")
          .select("id, slug, time_zone, series, shot_type, retired_at")
          .eq(column, value as string)
          .abortSignal(signal),
      ) as DeviceRow[],
  );
  const row = rows[0];
  if (!row) throw column === "user_id" ? noDevice() : unknownDevice(wanted as string);
  if (row.retired_at !== null) {
    throw new PilabError(
      "forbidden",
      `The device ${row.slug} was retired at ${row.retired_at} and uploads no more`,
    );
  }
  if (wanted !== undefined && wanted !== row.slug && wanted !== row.id) {
    throw new PilabError(
      "forbidden",
      `This account is the device ${row.slug} and cannot upload for ${wanted}`,
      {
        hint: "A device uploads for itself only; to upload for any device, name the service key.",
      },
    );
  }
  const { id, slug, time_zone, series, shot_type } = row;
  return { id, slug, timeZone: time_zone, series, shotType: shot_type };
}

interface DeviceRow {
  id: string;
  slug: string;
  time_zone: string;
  series: string | null;
  shot_type: string | null;
  retired_at: string | null;
}

function subjectOf(token: string): string {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as {
      sub?: unknown;
    };
    if (typeof claims.sub === "string") return claims.sub;
  } catch {
    // Falls through: whatever it is, it names nobody.
  }
  throw noDevice();
}

function noDevice(): PilabError {
  return new PilabError("forbidden", "This account is no device, and only device accounts upload", {
    hint: "Make one with devices.create() or `pilab-local`'s printed line, and sign in with its credentials; or name the service key and a device.",
  });
}

function unknownDevice(wanted: string): PilabError {
  return new PilabError("not_found", `There is no device "${wanted}"`, {
    hint: "devices.create({ slug, name }) makes one, with the service key.",
  });
}
