import { randomUUID } from "node:crypto";
import { type ChunkRun, mapItems } from "@pilab/chunking";
import { correlationId, withCorrelation } from "@pilab/logging";
import type { ErrorCode, PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { toPilabError } from "../supabase-error.ts";
import { nameOf } from "./capture-work.ts";
import { STANDARD_UPLOAD_MAX_BYTES } from "./content.ts";
import { type FileFailed, type FileRead, outcomeOfError } from "./failed-outcome.ts";
import type { UploadOutcome, UploadSummary } from "./outcome.ts";
import { createRunAccount } from "./run-account.ts";
import type { UploadSource } from "./source.ts";
import { type CaptureToUpload, uploadCapture } from "./upload-capture.ts";
import type { UploadItem, UploadManyOptions, UploadOptions } from "./upload-options.ts";
import { createUploadRun, type UploadRun } from "./upload-run.ts";

/** The outcomes of a run, each as soon as it is known. Nothing happens before it is read. */
export interface UploadMany extends AsyncIterable<UploadOutcome> {
  /** The account so far; after the last outcome, of the whole run. */
  summary(): UploadSummary;
}

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_MEMORY_BYTES = 48 * 1024 * 1024;
// Files that may be read ahead or wait for their batches besides those being sent; memoryBytes bounds their bytes.
const FILES_IN_FLIGHT = 256;

// What a file fails with when the run's signal ends it; `timeout` by AbortSignal.timeout.
const STOPPED: ReadonlySet<ErrorCode> = new Set(["aborted", "timeout"]);

// What every other file of the run would meet too: the run ends with this one message.
const ENDS_THE_RUN: ReadonlySet<ErrorCode> = new Set(["not_signed_in", "forbidden", "bucket_missing"]);

/**
 * Uploads any number of files; see `uploadCapture` for what happens to each. Memory is bounded by `memoryBytes` and a
 * few hundred small records, whatever the input's length. Reading throws when the whole run cannot go on (bad
 * credentials, a missing bucket); what concerns one file is that file's outcome.
 */
export function uploadMany(
  ctx: PilabContext,
  items: Iterable<UploadItem> | AsyncIterable<UploadItem>,
  options: UploadManyOptions = {},
): UploadMany {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const run = createUploadRun(ctx, {
    device: options.device,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    memoryBytes: Math.max(options.memoryBytes ?? DEFAULT_MEMORY_BYTES, STANDARD_UPLOAD_MAX_BYTES),
    signal,
  });
  const account = createRunAccount(run.timings);
  let chunks: ChunkRun<UploadItem, UploadOutcome> | undefined;
  let fatal: PilabError | undefined;
  // One job: its requests and audit rows are found together.
  const jobId = correlationId() ?? randomUUID();

  async function* outcomes(): AsyncGenerator<UploadOutcome> {
    await withCorrelation(jobId, () => run.device());
    chunks = mapItems(
      items,
      (item, { signal: wanted }) => {
        // The reader left the loop: what is under way is not wanted either.
        wanted.onabort = () => stop.abort(wanted.reason);
        return withCorrelation(jobId, () => uploadOne(run, toCapture(item, options)));
      },
      { ...chunkOptions(ctx, options), signal },
    );
    for await (const result of chunks) {
      if (result.ok) {
        yield account.add(result.value, options.onProgress);
        continue;
      }
      if (fatal !== undefined) continue; // it was stopped under way, and has not failed itself
      const { outcome } = result.error as FileFailed;
      if (signal.aborted && STOPPED.has(outcome.error.code)) continue; // as wanted: nothing to report of it
      if (ENDS_THE_RUN.has(outcome.error.code)) {
        fatal = outcome.error;
        stop.abort(fatal);
      } else yield account.add(outcome, options.onProgress);
    }
    if (fatal !== undefined) throw fatal;
  }

  return {
    [Symbol.asyncIterator]: outcomes,
    summary: () => account.summary(fatal !== undefined, chunks),
  };
}

/** Uploads one file. Throws where `uploadMany` would report `quarantined`, `too_large` or `failed`. */
export async function uploadAndLog(
  ctx: PilabContext,
  source: UploadSource,
  options: UploadOptions = {},
): Promise<UploadOutcome> {
  const capture = toCapture({ ...options, source }, options);
  const run = createUploadRun(ctx, {
    device: options.device,
    concurrency: 1,
    memoryBytes: STANDARD_UPLOAD_MAX_BYTES,
    signal: options.signal ?? new AbortController().signal,
  });
  try {
    return await withCorrelation(correlationId(), () => run.busy(() => uploadCapture(run, capture)));
  } catch (error) {
    throw toPilabError(error, { what: nameOf(source, options.fileName) });
  }
}

/** Reports on one file; throws FileFailed, which counts towards failing fast, only for what is a failure. */
async function uploadOne(run: UploadRun, capture: CaptureToUpload): Promise<UploadOutcome> {
  let read: FileRead = { sizeBytes: 0 };
  const onRead = ({ sizeBytes, sha256 }: FileRead) => {
    read = { sizeBytes, sha256 };
  };
  try {
    return await run.busy(() => uploadCapture(run, { ...capture, onRead }));
  } catch (error) {
    return outcomeOfError(nameOf(capture.source, capture.fileName), error, read);
  }
}

function toCapture(item: UploadItem, options: UploadManyOptions): CaptureToUpload {
  const own = typeof item === "object" && "source" in item ? item : { source: item };
  const { series, shotType, metrics, metadata, measures = true, thumbnails = true, dryRun = false } = options;
  return { series, shotType, metrics, metadata, ...own, measures, thumbnails, dryRun };
}

function chunkOptions({ settings: { chunks } }: PilabContext, options: UploadManyOptions) {
  return {
    concurrency: FILES_IN_FLIGHT,
    chunkSize: options.chunkSize ?? chunks.chunkSize,
    maxChunks: options.maxChunks ?? chunks.maxChunks,
    chunkDelayMs: options.chunkDelayMs ?? chunks.chunkDelayMs ?? 0,
    failFastThreshold: options.failFastThreshold ?? chunks.failFastThreshold,
  };
}
