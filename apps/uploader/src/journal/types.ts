import type { UploadTotals } from "@pilab/schema";
import type { CaptureOptions, Placement, UploadResult, VerifiedBy } from "@pilab/storage-core";
import type { ClockStamp } from "../clock/index.ts";

export type { Placement } from "@pilab/storage-core";

import type { FileState } from "./schema.ts";

/** What makes a file on disk this very version of it. */
export interface FileIdentity {
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
}

/** What is known of a file besides itself. */
export interface IntakeOptions extends CaptureOptions {
  /** How the clock stood when it was taken in, when it was not known to be right. */
  readonly clock?: ClockStamp | undefined;
}

/** A finished file, with what its sidecar said. */
export interface FinishedFile extends FileIdentity {
  readonly options?: IntakeOptions | undefined;
}

/** A file to be taken to the server. */
export interface QueuedFile extends FinishedFile {
  readonly id: number;
  readonly options: IntakeOptions;
  /** Wall clock at intake. */
  readonly addedAtMs: number;
  /** How often it failed. */
  readonly attempts: number;
  /** Set when an earlier try chose it: the path of every later try. */
  readonly placement: Placement | undefined;
}

/** What the server now holds of a file. */
export interface Storing {
  readonly outcome: Extract<UploadResult, "uploaded" | "duplicate" | "repeated">;
  readonly sha256: string;
  readonly objectPath: string;
  /** Id of the catalogue's row. */
  readonly captureId: string;
  /** Missing when the bytes were there before: the confirmation has to supply it. */
  readonly verifiedBy?: VerifiedBy | undefined;
}

/** The proof of a file that the server holds. Digests are hex. */
export interface StoredFile extends FileIdentity {
  readonly id: number;
  readonly state: FileState;
  /** Null only for a tombstone, as `objectPath` and `captureId`. */
  readonly sha256: string | null;
  /** Null when it was never placed here. */
  readonly md5: string | null;
  readonly objectPath: string | null;
  readonly captureId: string | null;
  /** Null while nothing but the catalogue's row tells. */
  readonly verifiedBy: VerifiedBy | null;
  readonly storedAtMs: number;
  /** Wall clock at intake. */
  readonly addedAtMs: number;
  /** Whether a sidecar said something, which went to the catalogue with it. */
  readonly hadSidecar: boolean;
}

/** A file as `status` and `quarantine list` show it. */
export interface ListedFile {
  readonly id: number;
  readonly path: string;
  readonly sizeBytes: number;
  readonly state: FileState;
  readonly reason: string | null;
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  readonly addedAtMs: number;
}

/** The one place that a journal's files go to. */
export interface Target {
  readonly url: string;
  readonly bucket: string;
  readonly deviceId: string;
}

/** What `report_uploads` takes. */
export interface UploadReport {
  readonly journalId: string;
  readonly seq: number;
  readonly totals: UploadTotals;
}

/** Files and bytes in each state. */
export type Counts = Readonly<Record<FileState, { readonly files: number; readonly bytes: number }>>;
