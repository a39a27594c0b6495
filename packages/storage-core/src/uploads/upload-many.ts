import { randomUUID } from "node:crypto";
import { type ChunkRun, mapItems } from "@pilab/chunking";
import { correlationId, withCorrelation } from "@pilab/logging";
import { type ErrorCode, isPilabError, type PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { toPilabError } from "../supabase-error.ts";
import { nameOf } from "./capture-work.ts";
import { STANDARD_UPLOAD_MAX_BYTES } from "./content.ts";
import { type UploadOutcome, type UploadResult, type UploadSummary, zeroCounts } from "./outcome.ts";
import type { UploadSource } from "./source.ts";
import { type CaptureToUpload, uploadCapture } from "./upload-capture.ts";
import type { UploadItem, UploadManyOptions, UploadOptions, UploadProgress } from "./upload-options.ts";
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

// What every other file of the run would meet too: the run ends with this one message.
const ENDS_THE_RUN: ReadonlySet<ErrorCode> = new Set(["not_signed_in", "forbidden", "bucket_missing"]);

const RESULT_OF_ERROR: Partial<Record<ErrorCode, UploadResult>> = {
  file_empty: "quarantined",
  file_truncated: "quarantined",
  not_a_capture: "quarantined",
  too_large: "too_large",
};

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
  const account = createAccount(run);
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
      const error = toPilabError(result.error, { what: nameOf(sourceOf(result.item)) });
      if (fatal !== undefined) continue; // it was stopped under way, and has not failed itself
      if (ENDS_THE_RUN.has(error.code)) {
        fatal = error;
        stop.abort(error);
      } else yield account.add(failedOutcome(result.item, error), options.onProgress);
    }
    if (fatal !== undefined) throw fatal;
  }

  return {
    [Symbol.asyncIterator]: outcomes,
    summary: () => account.summary(fatal === undefined ? undefined : "stopped", chunks),
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
    throw toPilabError(error, { what: nameOf(source) });
  }
}

/** A file that is no capture, or too large, is an answer, not a failure: it must not count towards failing fast. */
async function uploadOne(run: UploadRun, capture: CaptureToUpload): Promise<UploadOutcome> {
  try {
    return await run.busy(() => uploadCapture(run, capture));
  } catch (error) {
    if (isPilabError(error) && RESULT_OF_ERROR[error.code] !== undefined)
      return failedOutcome(capture, error);
    throw error;
  }
}

function failedOutcome(item: UploadItem, error: PilabError): UploadOutcome {
  const sizeBytes = error.details?.sizeBytes;
  return {
    file: nameOf(sourceOf(item)),
    outcome: RESULT_OF_ERROR[error.code] ?? "failed",
    sizeBytes: typeof sizeBytes === "number" ? sizeBytes : 0,
    reason: error.message,
    error,
    notes: [],
  };
}

function sourceOf(item: UploadItem) {
  return typeof item === "object" && "source" in item ? item.source : item;
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

function createAccount(run: UploadRun) {
  const startedAt = performance.now();
  const counts = zeroCounts();
  let files = 0;
  let uploadedBytes = 0;
  return {
    add(outcome: UploadOutcome, onProgress?: (progress: UploadProgress) => void): UploadOutcome {
      files += 1;
      counts[outcome.outcome] += 1;
      if (outcome.outcome === "uploaded") uploadedBytes += outcome.sizeBytes;
      onProgress?.({ filesDone: files, uploadedBytes, failed: counts.failed });
      return outcome;
    },
    summary(
      ending: "stopped" | undefined,
      chunks: ChunkRun<UploadItem, UploadOutcome> | undefined,
    ): UploadSummary {
      const ran = chunks?.summary();
      const elapsedMs = performance.now() - startedAt;
      return {
        files,
        counts: { ...counts },
        uploadedBytes,
        elapsedMs,
        timings: { ...run.timings },
        ending: ending ?? (ran === undefined ? "running" : ran.status === "broken" ? "stopped" : ran.status),
        restFiles: ran?.rest ?? 0,
      };
    },
  };
}
