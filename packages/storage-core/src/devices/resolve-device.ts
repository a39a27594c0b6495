import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";

/** What an upload needs to know of its device. */
export interface UploadDevice {
  readonly id: string;
  readonly slug: string;
  /** IANA zone, for times without an offset. */
  readonly timeZone: string;
  readonly series: string | null;
  readonly shotType: string | null;
}

/** A device's row, as far as the program that works for it needs it. */
export interface DeviceState extends UploadDevice {
  /** Seconds between two captures, where somebody set it. */
  readonly expectedIntervalS: number | null;
  /** Nothing is to be uploaded before. */
  readonly pausedUntil: Date | null;
  /** The last heartbeat that the server has: whose it was, and when. */
  readonly lastHeartbeat: { readonly instance: string | null; readonly reportedAt: Date } | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The device that captures are uploaded for: the signed-in account's own, or, with the service key, the one named by
 * slug or id. Any other account is told that only devices upload.
 */
export async function resolveDevice(
  ctx: PilabContext,
  wanted?: string,
  signal?: AbortSignal,
): Promise<DeviceState> {
  if (ctx.session.kind === "service" && wanted === undefined) {
    throw new PilabError("invalid_input", "With the service key an upload must name its device", {
      hint: 'Pass { device: "its-slug" }, or sign in as the device itself.',
    });
  }
  const column = ctx.session.kind !== "service" ? "user_id" : UUID.test(wanted ?? "") ? "id" : "slug";
  const value =
    column === "user_id"
      ? subjectOf(
          await ctx.call({ what: "signing in" }, (attempt) => ctx.session.token(attempt.signal), { signal }),
        )
      : wanted;
  const rows = await ctx.call(
    { what: "looking up the device" },
    async ({ signal }) => {
      const query = { select: COLUMNS, [column]: `eq.${value}` };
      return (await ctx.rest.rows("devices", query, signal)) as DeviceRow[];
    },
    { signal },
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
  return toState(row);
}

const COLUMNS =
  "id,slug,time_zone,series,shot_type,retired_at,expected_interval_s,paused_until,device_status(instance,reported_at)";

function toState(row: DeviceRow): DeviceState {
  const { id, slug, time_zone, series, shot_type, expected_interval_s, paused_until, device_status } = row;
  return {
    id,
    slug,
    timeZone: time_zone,
    series,
    shotType: shot_type,
    expectedIntervalS: expected_interval_s,
    pausedUntil: paused_until === null ? null : new Date(paused_until),
    lastHeartbeat: device_status && {
      instance: device_status.instance,
      reportedAt: new Date(device_status.reported_at),
    },
  };
}

interface DeviceRow {
  id: string;
  slug: string;
  time_zone: string;
  series: string | null;
  shot_type: string | null;
  retired_at: string | null;
  expected_interval_s: number | null;
  paused_until: string | null;
  device_status: { instance: string | null; reported_at: string } | null;
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
    hint: "Sign in with a device's credentials: `npm start` makes one for its machine, devices.create() any other. Or name the service key and a device.",
  });
}

function unknownDevice(wanted: string): PilabError {
  return new PilabError("not_found", `There is no device "${wanted}"`, {
    hint: "devices.create({ slug, name }) makes one, with the service key.",
  });
}
