import type { UploadTotals } from "@pilab/schema";
import type { CaptureOptions, UploadResult, VerifiedBy } from "@pilab/storage-core";
import type { FileState } from "./schema.ts";

/** What makes a file on disk this very version of it. */
export interface FileIdentity {
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
}

/** A finished file, with what its sidecar said. */
export interface FinishedFile extends FileIdentity {
  readonly options?: CaptureOptions | undefined;
}

/** What was decided about a file before its first byte is sent. */
export interface Placement {
  /** Of the bytes that were hashed: another version's are refused. */
  readonly sizeBytes: number;
  /** Null where the reader cannot tell. */
  readonly mtimeMs: number | null;
  /** Hex, as `md5`. */
  readonly sha256: string;
  readonly md5: string;
  readonly objectPath: string;
  readonly capturedAt: Date;
  readonly capturedAtSource: string;
  readonly capturedAtTrusted: boolean;
}

/** A file to be taken to the server. */
export interface QueuedFile extends FinishedFile {
  readonly id: number;
  readonly options: CaptureOptions;
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
