import type { CaptureTile } from "@pilab/storage-core";
import { z } from "zod";
import { fromLocal, toLocal } from "../../lib/zoned.ts";
import { ffmpegVersion } from "../movie/ffmpeg.ts";
import { movieFrames, movieInput } from "../movie/movie-frames.ts";
import { router, viewerProcedure } from "../trpc.ts";

const DAY_MS = 86_400_000;
const instant = z.iso.datetime({ offset: true });
const label = z.string().min(1).max(200);
const which = z.object({
  series: label.optional(),
  deviceId: z.uuid().optional(),
  from: instant.optional(),
  until: instant.optional(),
});
const cursor = z.object({ capturedAt: z.string().max(40), id: z.uuid() });
const zone = z.string().max(64).refine(isZone, { error: "an IANA time zone" });

/** A picture of a series, with what a player needs of it. */
export interface Frame {
  readonly id: string;
  readonly at: string;
  readonly deviceId: string;
  readonly brightness: number | null;
  readonly sharpness: number | null;
  /** Whether a browser can show the picture itself; of others it has the thumbnail. */
  readonly shows: boolean;
}

/** Series as films, and how complete they are. */
export const timelapseRouter = router({
  /** When the first and the last frame were taken; null: there are none. */
  bounds: viewerProcedure.input(which).query(async ({ ctx, input, signal }) => {
    const end = async (order: "oldest" | "newest") =>
      (await ctx.pilab.captures.tiles({ ...input, order, limit: 1, signal })).captures[0]?.captured_at;
    const [first, last] = await Promise.all([end("oldest"), end("newest")]);
    return first === undefined || last === undefined ? null : { first, last };
  }),
  /** Frames after a place or before it, in any case the oldest first. */
  frames: viewerProcedure
    .input(
      which.extend({
        after: cursor.optional(),
        back: z.boolean().default(false),
        limit: z.int().min(1).max(500).default(500),
      }),
    )
    .query(async ({ ctx, input: { back, ...page }, signal }) => {
      const order = back ? "newest" : "oldest";
      const { captures, next } = await ctx.pilab.captures.tiles({ ...page, order, signal });
      const last = captures.at(-1);
      return {
        frames: (back ? captures.toReversed() : captures).filter(isPicture).map(frameOf),
        /** Where the page that lies further on begins. */
        edge: last ? { capturedAt: last.captured_at, id: last.id } : null,
        more: next !== null,
      };
    }),
  /** Frames received in each quarter of an hour of the last two weeks, from the beginning of a day on. */
  cadence: viewerProcedure
    .input(z.object({ device: z.uuid().optional(), series: label.optional(), timeZone: zone }))
    .query(async ({ ctx, input: { device, series, timeZone }, signal }) => {
      const until = new Date();
      const day = toLocal(new Date(until.getTime() - 13 * DAY_MS).toISOString(), timeZone).slice(0, 10);
      const since = new Date(fromLocal(`${day}T00:00`, timeZone) ?? until.getTime() - 13 * DAY_MS);
      const [cadence, devices] = await Promise.all([
        ctx.pilab.captures.cadence({ device, series, since, until, bucketMinutes: 15, signal }),
        ctx.pilab.devices.list(signal),
      ]);
      const known = new Map(devices.map((one) => [one.id, one]));
      /** Before it, nothing was expected: the device was not there, or not yet in this series. */
      const startOf = async (deviceId: string): Promise<string | null> => {
        if (series === undefined) return known.get(deviceId)?.created_at ?? null;
        const filter = { series, deviceId, state: "any", order: "oldest", limit: 1 } as const;
        return (await ctx.pilab.captures.tiles({ ...filter, signal })).captures[0]?.captured_at ?? null;
      };
      /** To now, or to its retirement; null: to its last frame, as a series that the device has left is not late. */
      const expectedUntil = (device: (typeof devices)[number] | undefined): string | null => {
        if (series !== undefined && device?.series !== series) return null;
        const nowMs = until.getTime();
        const retiredMs = device?.retired_at == null ? nowMs : Date.parse(device.retired_at);
        return new Date(Math.min(nowMs, retiredMs)).toISOString();
      };
      return {
        ...cadence,
        until: until.toISOString(),
        devices: await Promise.all(
          cadence.devices.map(async (one) => ({
            ...one,
            name: known.get(one.device_id)?.name ?? one.slug,
            started_at: await startOf(one.device_id),
            expected_until: expectedUntil(known.get(one.device_id)),
          })),
        ),
      };
    }),
  /** The version of ffmpeg on the dashboard's host; null: there is none. */
  ffmpeg: viewerProcedure.query(async () => ({ version: await ffmpegVersion() })),
  /** How many frames a movie would have. */
  moviePlan: viewerProcedure.input(movieInput).query(async ({ ctx, input, signal }) => {
    const frames = await movieFrames(ctx.pilab, input, signal);
    return { frames: frames.length, seconds: frames.length / input.fps };
  }),
});

function isPicture({ content_type }: CaptureTile): boolean {
  return content_type.startsWith("image/");
}

function frameOf(tile: CaptureTile): Frame {
  return {
    id: tile.id,
    at: tile.captured_at,
    deviceId: tile.device_id,
    brightness: tile.brightness,
    sharpness: tile.sharpness,
    shows: ["image/jpeg", "image/png", "image/webp"].includes(tile.content_type),
  };
}

function isZone(timeZone: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone }) !== undefined;
  } catch {
    return false; // the constructor's RangeError is its answer
  }
}
