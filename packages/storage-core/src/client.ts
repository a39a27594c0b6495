import { correlationId, withCorrelation } from "@pilab/logging";
import type { KnownCapture, NewDevice, StorageUsage } from "@pilab/schema";
import { type AuditOptions, type AuditPage, listAudit } from "./audit/list-audit.ts";
import type { Capture } from "./captures/capture.ts";
import type { CaptureFilter } from "./captures/capture-filter.ts";
import { type Downloadable, downloadCapture } from "./captures/download-capture.ts";
import { type ExportOptions, type ExportSummary, exportCaptures } from "./captures/export-captures.ts";
import { captureExists, getCapture } from "./captures/get-capture.ts";
import { type KnownOptions, knownCaptures } from "./captures/known-captures.ts";
import {
  type CapturePage,
  iterateCaptures,
  type ListOptions,
  listCaptures,
} from "./captures/list-captures.ts";
import { type SignedUrlOptions, signedUrl } from "./captures/signed-url.ts";
import type { PilabContext } from "./context.ts";
import { type ClientOptions, createContext } from "./create-context.ts";
import { checkMayWrite } from "./devices/check-may-write.ts";
import { type CreatedDevice, createDevice } from "./devices/create-device.ts";
import { reportStatus } from "./devices/report-status.ts";
import { type DeviceState, resolveDevice } from "./devices/resolve-device.ts";
import { checkHealth, type Health } from "./health/check-health.ts";
import type { Credentials } from "./session.ts";
import type { UploadOutcome } from "./uploads/outcome.ts";
import { reportUploads, type UploadReport } from "./uploads/report-uploads.ts";
import type { UploadSource } from "./uploads/source.ts";
import { type UploadMany, uploadAndLog, uploadMany } from "./uploads/upload-many.ts";
import type { UploadItem, UploadManyOptions, UploadOptions } from "./uploads/upload-options.ts";
import { createUploader, type Uploader, type UploaderOptions } from "./uploads/uploader.ts";
import { getUsage } from "./usage/get-usage.ts";

/** The PiLab client: everything that a program does with captures. Each call throws PilabError. */
export interface PilabClient {
  readonly bucket: string;
  readonly captures: {
    /** Uploads one file, verified and catalogued when this resolves. A duplicate is an outcome, not an error. */
    uploadAndLog(source: UploadSource, options?: UploadOptions): Promise<UploadOutcome>;
    /** Uploads any number of files; loop over the outcomes. */
    uploadMany(
      items: Iterable<UploadItem> | AsyncIterable<UploadItem>,
      options?: UploadManyOptions,
    ): UploadMany;
    /** Uploads files as they come, for as long as the program lives. */
    uploader(options: UploaderOptions): Uploader;
    /** Tells the server how uploads went, for its statistics; false when it had this report before. */
    reportUploads(report: UploadReport): Promise<boolean>;
    /** One page, newest first. */
    list(options?: ListOptions): Promise<CapturePage>;
    /** All captures of a filter, page by page. */
    iterate(filter?: CaptureFilter & { pageSize?: number; signal?: AbortSignal }): AsyncGenerator<Capture>;
    /** By id; throws `not_found`. */
    get(id: string, signal?: AbortSignal): Promise<Capture>;
    /** Whether a live capture has this SHA-256. */
    exists(sha256: string, signal?: AbortSignal): Promise<boolean>;
    /** What the server says of up to 500 hashes, for one device, from rows and objects. */
    known(hashes: readonly string[], options?: KnownOptions): Promise<Map<string, KnownCapture>>;
    signedUrl(capture: Parameters<typeof signedUrl>[1], options?: SignedUrlOptions): Promise<string>;
    /** The bytes, verified against the catalogue. */
    download(capture: Downloadable, signal?: AbortSignal): Promise<Buffer>;
    /** Pictures and rows into a folder; resumable. */
    exportTo(folder: string, options?: ExportOptions): Promise<ExportSummary>;
  };
  readonly usage: {
    /** How full a bucket is. Default: the client's. */
    get(bucket?: string): Promise<StorageUsage>;
  };
  readonly audit: {
    list(options?: AuditOptions): Promise<AuditPage>;
  };
  readonly devices: {
    /** With the service key: an account, a row, and the credentials, shown once. */
    create(device: NewDevice): Promise<CreatedDevice>;
  };
  /** The device that this account is; with the service key, the one that is named. */
  readonly device: {
    /** Its settings and its last heartbeat. Throws `forbidden` for an account that is no device, or a retired one. */
    get(options?: { device?: string | undefined; signal?: AbortSignal | undefined }): Promise<DeviceState>;
    /** The heartbeat: replaces what the server shows of the device. */
    reportStatus(...args: Parameters<Bound<typeof reportStatus>>): Promise<void>;
    /** Shows that the device may upload, and leaves nothing. */
    checkMayWrite(...args: Parameters<Bound<typeof checkMayWrite>>): Promise<void>;
  };
  readonly health: {
    /** Each dependency with its latency; never throws. */
    check(): Promise<Health>;
  };
  /** The server's clock minus this machine's, in milliseconds; undefined before the first answer. */
  clockOffsetMs(): number | undefined;
  /** Ends all connections. The process ends without it too. */
  close(): Promise<void>;
}

/**
 * Makes a client. It signs in at its first request.
 *
 * @example
 * const pilab = createPilabClient({ url, key, email, password });
 * const { captureId } = await pilab.captures.uploadAndLog("frame.jpg", { shotType: "timelapse" });
 */
export function createPilabClient(options: ClientOptions & Credentials): PilabClient {
  const ctx = createContext(options);
  return {
    bucket: ctx.bucket,
    captures: {
      uploadAndLog: (source, upload) => uploadAndLog(ctx, source, upload),
      uploadMany: (items, upload) => uploadMany(ctx, items, upload),
      uploader: (options) => createUploader(ctx, options),
      reportUploads: (report) => reportUploads(ctx, report),
      list: (list) => listCaptures(ctx, list),
      iterate: (filter) => iterateCaptures(ctx, filter),
      get: (id, signal) => getCapture(ctx, id, signal),
      exists: (sha256, signal) => captureExists(ctx, sha256, signal),
      known: (hashes, known) => knownCaptures(ctx, hashes, known),
      signedUrl: (capture, signing) => signedUrl(ctx, capture, signing),
      download: (capture, signal) => downloadCapture(ctx, capture, signal),
      exportTo: (folder, exporting) => exportCaptures(ctx, folder, exporting),
    },
    usage: { get: (bucket) => getUsage(ctx, bucket) },
    audit: { list: (audit) => listAudit(ctx, audit) },
    devices: { create: (device) => asJob(() => createDevice(ctx, device)) },
    device: {
      get: ({ device, signal } = {}) => resolveDevice(ctx, device, signal),
      reportStatus: (status, options) => reportStatus(ctx, status, options),
      checkMayWrite: (options) => checkMayWrite(ctx, options),
    },
    health: { check: () => checkHealth(ctx) },
    clockOffsetMs: () => ctx.clock.offsetMs(),
    close: () => ctx.close(),
  };
}

/** A verb, without its context. */
type Bound<F> = F extends (ctx: PilabContext, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** What changes something has a correlation id: the caller's, or one of its own. */
function asJob<T>(work: () => T): T {
  return withCorrelation(correlationId(), work);
}
