import type { ChunkRun } from "@pilab/chunking";
import type { StageTimings, UploadOutcome, UploadResult, UploadSummary } from "./outcome.ts";
import type { UploadProgress } from "./upload-options.ts";

/** Adds up a run as its files are done. Its size does not grow with the run. */
export interface RunAccount {
  add(outcome: UploadOutcome, onProgress?: (progress: UploadProgress) => void): UploadOutcome;
  /** `stopped`: the run ended with one error for all. */
  summary(stopped: boolean, chunks: Pick<ChunkRun<unknown, unknown>, "summary"> | undefined): UploadSummary;
}

/** Starts an empty account; the clock runs from now. */
export function createRunAccount(timings: StageTimings): RunAccount {
  const startedAt = performance.now();
  const counts: Record<UploadResult, number> = {
    uploaded: 0,
    duplicate: 0,
    repeated: 0,
    trashed: 0,
    purged: 0,
    quarantined: 0,
    too_large: 0,
    failed: 0,
  };
  let files = 0;
  let uploadedBytes = 0;
  return {
    add(outcome, onProgress) {
      files += 1;
      counts[outcome.outcome] += 1;
      if (outcome.outcome === "uploaded") uploadedBytes += outcome.sizeBytes;
      onProgress?.({ filesDone: files, uploadedBytes, failed: counts.failed });
      return outcome;
    },
    summary(stopped, chunks) {
      const { status = "running", rest = 0 } = chunks?.summary() ?? {};
      return {
        files,
        counts: { ...counts },
        uploadedBytes,
        elapsedMs: performance.now() - startedAt,
        timings: { ...timings },
        ending: stopped || status === "broken" ? "stopped" : status,
        restFiles: rest,
      };
    },
  };
}
