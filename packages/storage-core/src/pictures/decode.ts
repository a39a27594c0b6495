import type { Sharp } from "sharp";
import type { ByteSource, PictureInput } from "./byte-source.ts";
import { MEASURED_EDGE_PX, type Measures, measure } from "./measures.ts";
import { cutOff, notACapture } from "./structure.ts";

/** What one strict decode at reduced scale gives. */
export interface Decoded {
  measures: Measures | null;
  thumbnail: Buffer | null;
  notes: string[];
}

/** A header may claim 65535 × 65535; nothing above this is decoded. Cameras of Raspberry Pis reach 64 megapixels. */
const MAX_PIXELS = 100_000_000;

const THUMBNAIL_EDGE_PX = 320;
const THUMBNAIL_BYTES_MAX = 64 * 1024;
/** Of 0 to 6. At this size more of it saves no bytes, and 4, the default, takes 2.5 times as long. */
const WEBP_EFFORT = 0;
const DECODE_TIMEOUT_S = 60;

type SharpFactory = typeof import("sharp").default;

/**
 * Decodes a JPEG, PNG or WebP once, strictly, to at most 512 px (JPEG shrinks while it loads), and makes measures and
 * thumbnail from that. Damaged image data throw; what this machine or the pixel limit cannot decode is noted and left out.
 */
export async function decode(
  input: PictureInput,
  source: ByteSource,
  size: { width: number | null; height: number | null },
): Promise<Decoded> {
  const nothing = (note: string): Decoded => ({ measures: null, thumbnail: null, notes: [note] });
  const pixels = (size.width ?? 0) * (size.height ?? 0);
  if (pixels > MAX_PIXELS) {
    return nothing(
      `${size.width} × ${size.height} is more than ${MAX_PIXELS / 1e6} megapixels: not decoded, no measures, no thumbnail`,
    );
  }
  const sharp = await loadSharp();
  if (sharp === null)
    return nothing("sharp does not load on this machine: no strict check, no measures, no thumbnail");
  try {
    const { data, info } = await open(sharp, input)
      .autoOrient()
      .resize(MEASURED_EDGE_PX, MEASURED_EDGE_PX, { fit: "inside", withoutEnlargement: true })
      .flatten()
      .toColourspace("srgb")
      .raw()
      .timeout({ seconds: DECODE_TIMEOUT_S })
      .toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: 3 as const };
    return {
      measures: measure(data, info.width, info.height),
      thumbnail: await makeThumbnail(() => sharp(data, { raw })),
      notes: [],
    };
  } catch (error) {
    if (error instanceof Error && error.message.includes("timeout:"))
      return nothing(`not decoded within ${DECODE_TIMEOUT_S} s`);
    throw refusal(source, error);
  }
}

function open(sharp: SharpFactory, input: PictureInput): Sharp {
  const options = { failOn: "warning", limitInputPixels: MAX_PIXELS } as const;
  return sharp("bytes" in input ? input.bytes : input.path, options);
}

/** Lowers the quality until it fits; null if noise fits at no quality, since a capture is never held back by its thumbnail. */
async function makeThumbnail(picture: () => Sharp): Promise<Buffer | null> {
  for (const quality of [75, 50, 25, 5]) {
    const bytes = await picture()
      .resize(THUMBNAIL_EDGE_PX, THUMBNAIL_EDGE_PX, { fit: "inside", withoutEnlargement: true })
      .webp({ quality, effort: WEBP_EFFORT })
      .toBuffer();
    if (bytes.length <= THUMBNAIL_BYTES_MAX) return bytes;
  }
  return null;
}

function refusal(source: ByteSource, error: unknown): Error {
  const lines = (error instanceof Error ? error.message : String(error))
    .split("\n")
    .map((line) => line.trim());
  const why = [...new Set(lines)]
    .filter((line) => line !== "")
    .join("; ")
    .replace(/Vips(Jpeg|Foreign\w*): /g, "");
  return /premature end|truncated|unexpected end|end of (stream|file)|not enough data/i.test(why)
    ? cutOff(source, why)
    : notACapture(source, `its image data are damaged: ${why}`, error);
}

let sharpModule: Promise<SharpFactory | null> | undefined;

/** Loaded at first use: a program that only lists captures never pays for it. */
function loadSharp(): Promise<SharpFactory | null> {
  sharpModule ??= import("sharp").then(
    ({ default: sharp }) => {
      sharp.cache(false); // no picture is decoded twice; kept operations would only hold memory and open files
      return sharp;
    },
    () => null,
  );
  return sharpModule;
}
