import { randomUUID } from "node:crypto";
import { withCorrelation } from "@pilab/logging";
import type { PilabContext } from "../context.ts";
import type { UploadDevice } from "../devices/resolve-device.ts";
import { nameOf } from "./capture-work.ts";
import { FileFailed, type FileRead, outcomeOfError } from "./failed-outcome.ts";
import type { StageTimings, UploadOutcome } from "./outcome.ts";
import { type CaptureToUpload, uploadCapture } from "./upload-capture.ts";
import { createUploadRun } from "./upload-run.ts";

/** Uploads files for as long as a program lives, as they come; what decides when and which is the program's own. */
export interface Uploader {
  /** Brings one file to the server. Everything that becomes of it is an outcome; never rejects. */
  upload(item: UploaderItem): Promise<UploadOutcome>;
  readonly timings: Readonly<StageTimings>;
}

/** One file for an {@link Uploader}. */
export type UploaderItem = Omit<CaptureToUpload, "measures" | "thumbnails" | "dryRun" | "onRead">;

/** Settings of {@link createUploader}. */
export interface UploaderOptions {
  /** What is known of the device, asked anew for each file, so that changed settings hold for the next one. */
  readonly device: () => UploadDevice;
  /** Files sent at once. Default 4. */
  readonly concurrency?: number | undefined;
  /** Pictures decoded at once. Default 2. */
  readonly decoders?: number | undefined;
  /** Memory for what is being read and sent, in bytes: a file counts for its size, 256 KiB at most. Default 24 MiB. */
  readonly memoryBytes?: number | undefined;
  /** Measure brightness, sharpness and contrast on the picture. Default true. */
  readonly measures?: boolean | undefined;
  /** Make and upload a thumbnail. Default true. */
  readonly thumbnails?: boolean | undefined;
  /** Ends what is under way: its outcome is `failed`, with error `aborted`. */
  readonly signal: AbortSignal;
}

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_MEMORY_BYTES = 24 * 1024 * 1024;

/** Sets up an {@link Uploader}: batches, limits and the device are shared by all its files. */
export function createUploader(ctx: PilabContext, options: UploaderOptions): Uploader {
  const { measures = true, thumbnails = true } = options;
  const run = createUploadRun(ctx, {
    device: options.device,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    decoders: options.decoders,
    memoryBytes: options.memoryBytes ?? DEFAULT_MEMORY_BYTES,
    signal: options.signal,
  });
  // One job: its requests and audit rows are found together.
  const jobId = randomUUID();
  return {
    timings: run.timings,
    async upload(item) {
      let read: FileRead = { sizeBytes: 0 };
      const onRead = ({ sizeBytes, sha256 }: FileRead) => {
        read = { sizeBytes, sha256 };
      };
      const work = { ...item, measures, thumbnails, dryRun: false, onRead };
      try {
        return await withCorrelation(jobId, () => run.busy(() => uploadCapture(run, work)));
      } catch (error) {
        return failed(nameOf(item.source, item.fileName), error, read);
      }
    },
  };
}

function failed(name: string, error: unknown, read: FileRead): UploadOutcome {
  try {
    return outcomeOfError(name, error, read);
  } catch (thrown) {
    if (thrown instanceof FileFailed) return thrown.outcome;
    throw thrown;
  }
}
