import { PilabError } from "@pilab/schema";
import type { ByteSource } from "./byte-source.ts";

/** What a container's own structure tells, with no pixel decoded. */
export interface Structure {
  /** Pixels as stored, before orientation; null where the container does not say. */
  width: number | null;
  height: number | null;
  /** The EXIF block: a TIFF file of its own, as the container carries it. */
  tiff: Buffer | null;
  /** What the container says outside EXIF: a video's rotation, place and time. */
  properties?: Record<string, unknown>;
  takenAt?: { text: string; offsetMinutes: number | null } | null;
}

/** The error for a file that ends before its format says it does. */
export function cutOff(source: ByteSource, why: string): PilabError {
  return new PilabError("file_truncated", `${source.name} is cut off: ${why}`, {
    hint: "It was copied or written only in part. Copy it again from the camera.",
    details: { sizeBytes: source.size },
  });
}

/** The error for bytes that are no capture, or no longer one. */
export function notACapture(source: ByteSource, why: string, cause?: unknown): PilabError {
  return new PilabError("not_a_capture", `${source.name} is no picture or video: ${why}`, {
    hint: "JPEG, PNG, WebP, DNG and MP4 are taken in.",
    cause,
  });
}

/** "6,698 bytes": sizes as messages print them. */
export function bytesText(count: number): string {
  return count === 1 ? "1 byte" : `${count.toLocaleString("en-US")} bytes`;
}
