import type ExifReader from "exifreader";

/** What is kept of EXIF: a fixed set of short values, so that no vendor's blob reaches the catalogue. */
export interface PictureExif {
  /** Trimmed of the padding that cameras write around their names. */
  make?: string;
  model?: string;
  lensModel?: string;
  software?: string;
  /** 1–8 as EXIF numbers them; missing on Picamera2 files. */
  orientation?: number;
  exposureTimeS?: number;
  fNumber?: number;
  iso?: number;
  focalLengthMm?: number;
  /** Decimal degrees, south and west negative; metres above the sea. */
  gps?: { lat: number; lon: number; alt?: number };
  /** As the file says it, "2025:03:06 12:15:13.101"; a wrong date too. */
  takenAt?: string;
  /** "-05:00" where the file says its time zone. */
  offset?: string;
}

/** What {@link readExif} found, with its own words about what it left out. */
export interface ExifResult {
  exif: PictureExif;
  takenAt: { text: string; offsetMinutes: number | null } | null;
  notes: string[];
}

const MAX_TEXT_CHARS = 128;
const TAGS = [
  "Make",
  "Model",
  "LensModel",
  "Software",
  "Orientation",
  "ExposureTime",
  "FNumber",
  "ISOSpeedRatings",
  "FocalLength",
  "DateTimeOriginal",
  "DateTimeDigitized",
  "DateTime",
  "SubSecTimeOriginal",
  "SubSecTimeDigitized",
  "SubSecTime",
  "OffsetTimeOriginal",
  "OffsetTimeDigitized",
  "OffsetTime",
] as const;

type Tags = Partial<Record<string, { value: unknown }>>;

/** Reads one EXIF block (a TIFF of its own). Garbage gives fewer values and a note, never an error. */
export async function readExif(tiff: Buffer | null): Promise<ExifResult> {
  if (tiff === null) return { exif: {}, takenAt: null, notes: [] };
  try {
    const { default: reader } = await import("exifreader");
    const { exif = {}, gps } = reader.load(tiff, {
      expanded: true,
      includeTags: { exif: [...TAGS], gps: true },
    });
    return select(exif as Tags, gps);
  } catch (error) {
    return {
      exif: {},
      takenAt: null,
      notes: [`EXIF could not be read: ${cleanText(String(error)) ?? "unknown fault"}`],
    };
  }
}

function select(tags: Tags, gpsTags: ExifReader.ExpandedTags["gps"]): ExifResult {
  const notes: string[] = [];
  const text = (name: string) => cleanText(firstOf(tags[name]?.value));
  const number = (name: string, max: number) => {
    const value = rational(tags[name]?.value);
    if (value === undefined || value === 0) return undefined; // cameras write 0 for "not known"
    if (value > 0 && value <= max) return Number(value.toPrecision(6));
    notes.push(`EXIF ${name} ${value} is out of range and left out`);
    return undefined;
  };
  const takenAt = takenAtOf(text);
  const exif: PictureExif = {
    make: text("Make"),
    model: text("Model"),
    lensModel: text("LensModel"),
    software: text("Software"),
    orientation: number("Orientation", 8),
    exposureTimeS: number("ExposureTime", 86_400),
    fNumber: number("FNumber", 1000),
    iso: number("ISOSpeedRatings", 10_000_000),
    focalLengthMm: number("FocalLength", 100_000),
    gps: gpsOf(gpsTags, notes),
    takenAt: takenAt?.text,
    offset: takenAt?.offset,
  };
  return {
    exif: JSON.parse(JSON.stringify(exif)), // drops what is undefined
    takenAt: takenAt === null ? null : { text: takenAt.text, offsetMinutes: offsetMinutes(takenAt.offset) },
    notes,
  };
}

/** When the shutter opened, else when it was digitised, else when the file was written; a blank or zero date only if none is better. */
function takenAtOf(
  text: (name: string) => string | undefined,
): { text: string; offset: string | undefined } | null {
  const found = ["Original", "Digitized", ""].flatMap((kind) => {
    const date = text(`DateTime${kind}`);
    if (date === undefined) return [];
    const fraction = /^\d{1,9}$/.exec(text(`SubSecTime${kind}`) ?? "")?.[0];
    const offset = text(`OffsetTime${kind}`) ?? text("OffsetTime");
    return [{ text: fraction === undefined ? date : `${date}.${fraction}`, offset }];
  });
  return found.find((candidate) => /[1-9]/.test(candidate.text)) ?? found[0] ?? null;
}

/** "+08:00" → 480; null for anything that is no offset. */
export function offsetMinutes(text: string | undefined): number | null {
  if (text === "Z") return 0;
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(text ?? "");
  if (match === null) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return minutes > 14 * 60 ? null : match[1] === "-" ? -minutes : minutes;
}

function gpsOf(gps: ExifReader.ExpandedTags["gps"], notes: string[]): PictureExif["gps"] {
  const { Latitude: lat, Longitude: lon, Altitude: alt } = gps ?? {};
  if (lat === undefined || lon === undefined) return undefined;
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) {
    notes.push(`GPS position ${lat}, ${lon} is out of range and left out`);
    return undefined;
  }
  const place = { lat: round(lat, 7), lon: round(lon, 7) };
  return alt !== undefined && Math.abs(alt) < 1_000_000 ? { ...place, alt: round(alt, 2) } : place;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function rational(value: unknown): number | undefined {
  const [top, bottom] = Array.isArray(value) && value.length === 2 ? value : [firstOf(value), 1];
  if (typeof top !== "number" || typeof bottom !== "number") return undefined;
  const result = top / bottom;
  return Number.isFinite(result) ? result : undefined;
}

/** Postgres refuses U+0000 in jsonb, and terminals obey control characters: neither leaves this file. */
function cleanText(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = value
    .toWellFormed()
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, MAX_TEXT_CHARS);
  return text === "" ? undefined : text.toWellFormed();
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
