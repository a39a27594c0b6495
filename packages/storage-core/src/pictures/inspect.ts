import { PilabError } from "@pilab/schema";
import { type ByteSource, openByteSource, type PictureInput } from "./byte-source.ts";
import { type Decoded, decode } from "./decode.ts";
import { readDng } from "./dng.ts";
import { embeddedThumbnail } from "./embedded-thumbnail.ts";
import { type PictureExif, readExif } from "./exif.ts";
import { detectFormat, FORMATS, type Format, HEAD_BYTES } from "./format.ts";
import { readJpeg } from "./jpeg.ts";
import { MEASURES_VERSION, type Measures } from "./measures.ts";
import { readMp4 } from "./mp4.ts";
import { readPng } from "./png.ts";
import { cutOff, notACapture, type Structure } from "./structure.ts";
import { readWebp } from "./webp.ts";

/** What {@link inspectCapture} takes besides the picture. */
export interface InspectOptions {
  /** Names the file in messages. */
  fileName: string;
  /** Brightness, sharpness, contrast. Default true. */
  measures?: boolean;
  /** A small WebP. Default true. With both off nothing is decoded: only the structure is checked. */
  thumbnail?: boolean;
  signal?: AbortSignal;
}

/** What a capture's own bytes tell. */
export interface Inspection {
  contentType: (typeof FORMATS)[Format]["contentType"];
  extension: (typeof FORMATS)[Format]["extension"];
  /** Pixels as stored, before orientation; null where the file does not say. */
  width: number | null;
  height: number | null;
  /** Camera, exposure, place and time; for a video its duration and rotation. A few hundred bytes as JSON. */
  exif: PictureExif & { durationS?: number; rotation?: number } & Record<string, unknown>;
  /** When the file says it was taken, in its own words: a wrong date too. */
  takenAt: { text: string; offsetMinutes: number | null } | null;
  /** Null for DNG and MP4, when not asked for, and where `notes` says why. */
  measures: (Measures & { source: "pilab"; version: string }) | null;
  /** WebP, upright, at most 320 px and 64 KiB; null as `measures`. */
  thumbnail: Uint8Array | null;
  /** What was odd but no reason to refuse. */
  notes: string[];
}

const READERS: Record<Format, (source: ByteSource) => Promise<Structure>> = {
  jpeg: readJpeg,
  png: readPng,
  webp: readWebp,
  dng: readDng,
  mp4: readMp4,
};

/**
 * Tells a finished capture from anything else and reads what it says of itself. Structure is checked for every format;
 * JPEG, PNG and WebP are also decoded strictly, at reduced scale.
 *
 * @throws PilabError `file_empty`, `file_truncated` or `not_a_capture`: the message is the reason to quarantine it with;
 *   `file_unreadable` where the file cannot be read.
 */
export async function inspectCapture(input: PictureInput, options: InspectOptions): Promise<Inspection> {
  const { fileName, measures = true, thumbnail = true, signal } = options;
  signal?.throwIfAborted();
  const source = await open(input, fileName);
  try {
    if (source.size === 0) throw new PilabError("file_empty", `${fileName} is empty (0 bytes)`);
    const detected = detectFormat(await source.read(0, HEAD_BYTES));
    if ("found" in detected) throw notACapture(source, `found ${detected.found}`);
    const structure = await READERS[detected.format](source);
    signal?.throwIfAborted();
    const { exif, takenAt, notes } = await readExif(structure.tiff);
    const pixels =
      isDecoded(detected.format) && (measures || thumbnail)
        ? await decode(input, source, {
            ...structure,
            preview: thumbnail ? await embeddedThumbnail(structure, exif.orientation) : null,
            thumbnail,
          })
        : NOT_DECODED;
    signal?.throwIfAborted();
    return {
      ...FORMATS[detected.format],
      width: structure.width,
      height: structure.height,
      exif: { ...exif, ...structure.properties },
      takenAt: takenAt ?? structure.takenAt ?? null,
      measures:
        measures && pixels.measures !== null
          ? { ...pixels.measures, source: "pilab", version: MEASURES_VERSION }
          : null,
      thumbnail: pixels.thumbnail,
      notes: [...notes, ...pixels.notes],
    };
  } catch (error) {
    throw explained(error, source);
  } finally {
    await source.close();
  }
}

const NOT_DECODED: Decoded = { measures: null, thumbnail: null, notes: [] };

function isDecoded(format: Format): boolean {
  return format !== "dng" && format !== "mp4";
}

/** A read past the end means that the file shrank meanwhile; a system error that it cannot be read at all. */
function explained(error: unknown, source: ByteSource): unknown {
  if (error instanceof RangeError) return cutOff(source, "it ended while it was read");
  return isSystemError(error) ? unreadable(source.name, error) : error;
}

function unreadable(fileName: string, cause: Error): PilabError {
  return new PilabError("file_unreadable", `${fileName} cannot be read: ${cause.message}`, { cause });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

async function open(input: PictureInput, fileName: string): Promise<ByteSource> {
  try {
    return await openByteSource(input, fileName);
  } catch (error) {
    throw isSystemError(error) ? unreadable(fileName, error) : error;
  }
}
