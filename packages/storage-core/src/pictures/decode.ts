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

/** What fits into the 64 KiB of EXIF is far below it. */
const MAX_PREVIEW_PIXELS = 4_000_000;

const THUMBNAIL_EDGE_PX = 320;
const THUMBNAIL_BYTES_MAX = 64 * 1024;
/** Of 0 to 6. At this size more of it saves no bytes, and 4, the default, takes 2.5 times as long. */
const WEBP_EFFORT = 0;
const DECODE_TIMEOUT_S = 60;

type SharpFactory = typeof import("sharp").default;

/** What is decoded, and what of it is wanted. */
export interface DecodeOptions {
  readonly width: number | null;
  readonly height: number | null;
  /** The picture's own preview, which makes its thumbnail cheaper. */
  readonly preview: Buffer | null;
  readonly thumbnail: boolean;
}

/**
 * Decodes a JPEG, PNG or WebP once, strictly, to at most 512 px (JPEG shrinks while it loads), and makes measures and
 * thumbnail from that. Damaged image data throw; what this machine or the pixel limit cannot decode is noted and left out.
 */
export async function decode(
  input: PictureInput,
  source: ByteSource,
  options: DecodeOptions,
): Promise<Decoded> {
  const nothing = (note: string): Decoded => ({ measures: null, thumbnail: null, notes: [note] });
  const { width, height, preview } = options;
  const pixels = (width ?? 0) * (height ?? 0);
  if (pixels > MAX_PIXELS) {
    return nothing(
      `${width} × ${height} is more than ${MAX_PIXELS / 1e6} megapixels: not decoded, no measures, no thumbnail`,
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
    const decoded = {
      measures: measure(data, info.width, info.height),
      thumbnail: options.thumbnail
        ? ((await thumbnailOf(sharp, preview)) ?? (await makeThumbnail(() => sharp(data, { raw }))))
        : null,
      notes: [],
    };
    giveBack(data);
    return decoded;
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

/** Null where there is no preview, or none that decodes: the picture itself serves then. */
async function thumbnailOf(sharp: SharpFactory, preview: Buffer | null): Promise<Buffer | null> {
  if (preview === null) return null;
  return await makeThumbnail(() =>
    sharp(preview, { failOn: "warning", limitInputPixels: MAX_PREVIEW_PIXELS })
      .autoOrient()
      .toColourspace("srgb"),
  ).catch(() => null);
}

/** At once: these pixels are no heap of V8's, which therefore would let dozens of pictures gather before it collects. */
function giveBack({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
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
