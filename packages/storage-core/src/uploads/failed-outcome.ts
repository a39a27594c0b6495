import type { ErrorCode, PilabError } from "@pilab/schema";
import { toPilabError } from "../supabase-error.ts";
import type { Content } from "./content.ts";
import type { UploadOutcome, UploadResult } from "./outcome.ts";

/** What is known of a file that failed: nothing more than its size and hash, or not even those. */
export type FileRead = Pick<Content, "sizeBytes"> & Partial<Pick<Content, "sha256">>;

/** Carries the outcome of a failed file through the run, which counts errors and not outcomes. */
export class FileFailed extends Error {
  readonly outcome: UploadOutcome & { readonly error: PilabError };

  constructor(outcome: FileFailed["outcome"]) {
    super(outcome.reason);
    this.outcome = outcome;
  }
}

// A file that is no capture, or too large, is an answer and no failure: it must not count towards failing fast.
const ANSWERS: Partial<Record<ErrorCode, UploadResult>> = {
  file_empty: "quarantined",
  file_truncated: "quarantined",
  not_a_capture: "quarantined",
  too_large: "too_large",
};

/** The outcome that an error means; throws it as {@link FileFailed} when it is a failure. */
export function outcomeOfError(file: string, thrown: unknown, read: FileRead): UploadOutcome {
  const error = toPilabError(thrown, { what: file });
  const { sizeBytes = read.sizeBytes } = (error.details ?? {}) as Partial<FileRead>;
  const outcome = ANSWERS[error.code];
  const report = { file, ...read, sizeBytes, reason: error.message, error, notes: [] };
  if (outcome === undefined) throw new FileFailed({ ...report, outcome: "failed" });
  return { ...report, outcome };
}
