import sharp, { type Exif, type Sharp } from "sharp";

/** How a test's picture looks. The same options always give the same bytes. */
export interface PictureOptions {
  /** Default 640. */
  width?: number;
  /** Default 480. */
  height?: number;
  /** Another seed, another picture. Default 1. */
  seed?: number;
  /** How much sensor noise lies over it, 0–1: noise makes files large. Default 0.1. */
  noise?: number;
  /** 1–100. Default 85. */
  quality?: number;
  /** A progressive JPEG, as editors and phones write. Default false. */
  progressive?: boolean;
  exif?: ExifOptions;
}

/** What a camera would write beside the pixels; what is left out is not written. */
export interface ExifOptions {
  make?: string;
  model?: string;
  /** 1–8. The pixels are stored as they are: this only says how to show them. */
  orientation?: number;
  /** "2025:06:15 12:30:00" */
  takenAt?: string;
  /** "+02:00" */
  offset?: string;
  subSec?: string;
  exposureTime?: string;
  fNumber?: string;
  iso?: number;
  focalLength?: string;
  gps?: { lat: number; lon: number };
}

/** A JPEG that a strict decoder accepts. */
export function makeJpeg(options: PictureOptions = {}): Promise<Buffer> {
  const { quality = 85, progressive = false } = options;
  return draw(options).jpeg({ quality, progressive }).toBuffer();
}

/** A PNG; EXIF stands in its eXIf chunk. */
export function makePng(options: PictureOptions = {}): Promise<Buffer> {
  return draw(options).png().toBuffer();
}

/** A WebP; EXIF stands in its EXIF chunk. */
export function makeWebp(options: PictureOptions = {}): Promise<Buffer> {
  return draw(options)
    .webp({ quality: options.quality ?? 85 })
    .toBuffer();
}

/** The first `share` (0–1) of a file, as a cut copy leaves it. */
export function truncated(bytes: Uint8Array, share = 0.5): Buffer {
  return Buffer.from(bytes.subarray(0, Math.floor(bytes.length * share)));
}

/** A dish with a few colonies under noise: enough detail to be sharp, and different for every seed. */
function draw({ width = 640, height = 480, seed = 1, noise = 0.1, exif }: PictureOptions): Sharp {
  const random = generator(seed);
  const spots = Array.from({ length: 6 }, () => ({
    x: random() * width,
    y: random() * height,
    reach: (0.04 + random() * 0.12) * Math.min(width, height),
    light: 60 + random() * 120,
  }));
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      const spot = spots.find((candidate) => Math.hypot(x - candidate.x, y - candidate.y) < candidate.reach);
      const light = (spot?.light ?? 90 + (60 * x) / width) + (random() - 0.5) * 255 * noise;
      pixels[at] = clamp(light * 0.9);
      pixels[at + 1] = clamp(light);
      pixels[at + 2] = clamp(light * 0.8);
    }
  }
  const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
  if (exif === undefined) return picture;
  const oriented =
    exif.orientation === undefined ? picture : picture.withMetadata({ orientation: exif.orientation });
  return oriented.withExif(exifOf(exif));
}

function exifOf({ make, model, takenAt, offset, gps, ...rest }: ExifOptions): Exif {
  return {
    IFD0: present({ Make: make, Model: model }),
    IFD2: present({
      DateTimeOriginal: takenAt,
      OffsetTimeOriginal: offset,
      SubSecTimeOriginal: rest.subSec,
      ExposureTime: rest.exposureTime,
      FNumber: rest.fNumber,
      ISOSpeedRatings: rest.iso?.toString(),
      FocalLength: rest.focalLength,
    }),
    ...(gps === undefined
      ? {}
      : {
          IFD3: {
            GPSLatitudeRef: gps.lat < 0 ? "S" : "N",
            GPSLatitude: degrees(gps.lat),
            GPSLongitudeRef: gps.lon < 0 ? "W" : "E",
            GPSLongitude: degrees(gps.lon),
          },
        }),
  };
}

function present(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function degrees(value: number): string {
  const whole = Math.floor(Math.abs(value));
  return `${whole}/1 ${Math.round((Math.abs(value) - whole) * 600_000)}/10000 0/1`;
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

/** Mulberry32: small, and the same on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
