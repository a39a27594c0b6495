import "server-only";
import { PilabError } from "@pilab/schema";
import type { CaptureTile, PilabClient } from "@pilab/storage-core";
import { z } from "zod";
import { MOST_MOVIE_FRAMES } from "../../lib/movie-limits.ts";
import { skipReason } from "../../lib/skip-rule.ts";

/** Frames looked at for one movie: at a frame a minute, more than four months. */
const MOST_READ = 200_000;
const share = z.coerce.number().gt(0).max(1);
const instant = z.iso.datetime({ offset: true });

/** Which frames a movie has, as its address says. */
export const movieInput = z.strictObject({
  series: z.string().min(1).max(200).optional(),
  device: z.uuid().optional(),
  from: instant.optional(),
  until: instant.optional(),
  dark: share.optional(),
  blurred: share.optional(),
  /** Frames a second. */
  fps: z.coerce.number().int().min(1).max(60).default(24),
  /** Every second, third … frame alone. */
  every: z.coerce.number().int().min(1).max(1000).default(1),
});
/** See {@link movieInput}. */
export type MovieInput = z.infer<typeof movieInput>;

/** The movie's frames, the oldest first: those of the first one's format, as one stream of pictures has one format. */
export async function movieFrames(
  pilab: PilabClient,
  { series, device, from, until, dark, blurred, every }: MovieInput,
  signal: AbortSignal | undefined,
): Promise<CaptureTile[]> {
  if (series === undefined && device === undefined) {
    throw new PilabError("invalid_input", "A movie is of a series or of a device");
  }
  const rule = { dark: dark ?? null, blurred: blurred ?? null };
  const filter = { series, deviceId: device, from, until, order: "oldest", limit: 1000 } as const;
  const frames: CaptureTile[] = [];
  let [read, fitting] = [0, 0];
  for (let after: Parameters<PilabClient["captures"]["tiles"]>[0] = {}; ; ) {
    const { captures, next } = await pilab.captures.tiles({ ...filter, ...after, signal });
    read += captures.length;
    for (const tile of captures) {
      const format = frames[0]?.content_type ?? tile.content_type;
      if (tile.content_type !== format || !(format in FFMPEG_CODECS)) continue;
      if (skipReason(tile, rule) !== undefined) continue;
      if (fitting++ % every === 0) frames.push(tile);
    }
    if (frames.length > MOST_MOVIE_FRAMES || (read > MOST_READ && next !== null)) {
      throw new PilabError(
        "invalid_input",
        `A movie has ${MOST_MOVIE_FRAMES} frames at most, and these are more`,
        {
          hint: "Take a shorter time, or every second or tenth frame alone.",
        },
      );
    }
    if (next === null) break;
    after = { after: next };
  }
  if (frames.length === 0)
    throw new PilabError("not_found", "There is no frame for a movie: it takes JPEG and PNG");
  return frames;
}

/** How ffmpeg calls the formats that it can read one after the other. */
export const FFMPEG_CODECS: Readonly<Record<string, string>> = { "image/jpeg": "mjpeg", "image/png": "png" };
