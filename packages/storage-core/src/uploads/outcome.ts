import type { PilabError } from "@pilab/schema";
import type { VerifiedBy } from "./verify-decision.ts";

/** What became of one file. */
export type UploadResult =
  /** Sent, verified and catalogued. */
  | "uploaded"
  /** The catalogue has these bytes of this device already; nothing changed. */
  | "duplicate"
  /** The same bytes taken at another time: the capture's repeat_count was raised. */
  | "repeated"
  /** The capture is in the trash, or was removed by policy; it is not brought back by uploading it. */
  | "trashed"
  | "purged"
  /** No capture: empty, truncated, or no picture or video. */
  | "quarantined"
  /** Above MAX_FILE_SIZE; the file waits where it is. */
  | "too_large"
  | "failed";

/** The report on one file of an upload. */
export interface UploadOutcome {
  /** The path as given, or the name of what came without one. */
  readonly file: string;
  readonly outcome: UploadResult;
  readonly sizeBytes: number;
  readonly sha256?: string | undefined;
  readonly captureId?: string | undefined;
  readonly objectPath?: string | undefined;
  /** How it was shown that the server holds these bytes. Missing where the catalogue had them already: its word counts. */
  readonly verifiedBy?: VerifiedBy | undefined;
  readonly capturedAt?: Date | undefined;
  readonly capturedAtSource?: string | undefined;
  readonly capturedAtTrusted?: boolean | undefined;
  /** Why it is not `uploaded`, for a person. */
  readonly reason?: string | undefined;
  /** Behind `quarantined`, `too_large` and `failed`. */
  readonly error?: PilabError | undefined;
  /** Odd but no reason to refuse: a date that was not believed, a thumbnail that could not be made. */
  readonly notes: readonly string[];
}

/** Where the time of a run went: milliseconds summed over files, which overlap, so the sum exceeds the wall clock. */
export interface StageTimings {
  /** Reading from disk and hashing. */
  readMs: number;
  /** Asking the catalogue for known content. */
  knownMs: number;
  /** Structure, EXIF, measures and thumbnail of the picture. */
  inspectMs: number;
  thumbnailUploadMs: number;
  uploadMs: number;
  verifyMs: number;
  logMs: number;
}

/** The account of a whole run. */
export interface UploadSummary {
  readonly files: number;
  readonly counts: Readonly<Record<UploadResult, number>>;
  /** Bytes of captures that were sent. */
  readonly uploadedBytes: number;
  readonly elapsedMs: number;
  readonly timings: Readonly<StageTimings>;
  /** `partly_done`: MAX_CHUNKS was reached, `restFiles` were not touched. `failed_fast`: too many failures. */
  readonly ending: "running" | "done" | "partly_done" | "failed_fast" | "aborted" | "stopped";
  readonly restFiles: number;
}
