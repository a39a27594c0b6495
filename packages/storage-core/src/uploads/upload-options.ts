import type { UploadSource } from "./source.ts";

/** Measures of a picture that the caller has already, each in 0–1. */
export interface CaptureMetrics {
  readonly brightness?: number | null;
  readonly sharpness?: number | null;
  readonly contrast?: number | null;
}

/** What can be said of one capture. */
export interface CaptureOptions {
  /** Kind of picture: "timelapse", "macro", … Default: the device's own. */
  readonly shotType?: string | undefined;
  /** An experiment's run. Default: the device's own. */
  readonly series?: string | undefined;
  /** When it was taken. Default: the first believable of EXIF, file name and file time. */
  readonly capturedAt?: Date | string | undefined;
  /** What the JSON file beside the picture says of when it was taken. */
  readonly sidecarCapturedAt?: string | number | undefined;
  /** Default: measured on the picture. */
  readonly metrics?: CaptureMetrics | undefined;
  /** Anything to keep with the row, as JSON. */
  readonly metadata?: Record<string, unknown> | undefined;
  /** Default: the file's own name. */
  readonly fileName?: string | undefined;
}

/** Settings of `captures.uploadAndLog`. */
export interface UploadOptions extends CaptureOptions {
  /** Slug or id; needed with the service key, and only useful there. */
  readonly device?: string | undefined;
  /** Stops the upload. Files of `uploadMany` that are under way then are not reported. */
  readonly signal?: AbortSignal | undefined;
  /** Measure brightness, sharpness and contrast on the picture. Default true. */
  readonly measures?: boolean | undefined;
  /** Make and upload a thumbnail. Default true. */
  readonly thumbnails?: boolean | undefined;
  /** Read, ask and inspect, but send and log nothing: `uploaded` then means "would be uploaded". Default false. */
  readonly dryRun?: boolean | undefined;
}

/** One file of `captures.uploadMany`: a source, or a source with what is known of it. */
export type UploadItem = UploadSource | (CaptureOptions & { readonly source: UploadSource });

/** Progress of `captures.uploadMany`, told after each file. */
export interface UploadProgress {
  readonly filesDone: number;
  readonly uploadedBytes: number;
  readonly failed: number;
}

/** Settings of `captures.uploadMany`. `series`, `shotType` and the like hold where an item says nothing. */
export interface UploadManyOptions
  extends Omit<UploadOptions, "capturedAt" | "sidecarCapturedAt" | "fileName"> {
  /** Uploads under way at once. Default 4. */
  readonly concurrency?: number | undefined;
  /**
   * Memory for what is being read and sent, in bytes: a file counts for its size, 256 KiB at most, a stream for 6 MiB. Default
   * 48 MiB, and never less than 6 MiB.
   */
  readonly memoryBytes?: number | undefined;
  /** CHUNK_SIZE. Default 100. */
  readonly chunkSize?: number | undefined;
  /** MAX_CHUNKS. Default 1000: a longer input ends as `partly_done`. */
  readonly maxChunks?: number | undefined;
  /** CHUNK_DELAY in milliseconds. Default 0. */
  readonly chunkDelayMs?: number | undefined;
  /** FAIL_FAST_THRESHOLD: a run with a larger share of failed files stops. Default 0.1. */
  readonly failFastThreshold?: number | undefined;
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}
