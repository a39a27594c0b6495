import type { CaptureCadence, CaptureFields, ChangedCapture, KnownCapture } from "@pilab/schema";
import { asJob } from "../bound.ts";
import type { PilabContext } from "../context.ts";
import { deviceVerbs } from "../device-client.ts";
import {
  type ChangeOptions,
  changeCaptures,
  type LifeVerb,
  setCaptureFields,
} from "../life/change-captures.ts";
import type { UploadOutcome } from "../uploads/outcome.ts";
import type { UploadReport } from "../uploads/report-uploads.ts";
import type { UploadSource } from "../uploads/source.ts";
import type { UploadMany } from "../uploads/upload-many.ts";
import type { UploadItem, UploadManyOptions, UploadOptions } from "../uploads/upload-options.ts";
import type { Uploader, UploaderOptions } from "../uploads/uploader.ts";
import type { Capture } from "./capture.ts";
import { type CadenceOptions, captureCadence } from "./capture-cadence.ts";
import { type Downloadable, downloadCapture } from "./download-capture.ts";
import { type ExportOptions, type ExportSummary, exportCaptures } from "./export-captures.ts";
import { captureExists, getCapture } from "./get-capture.ts";
import type { KnownOptions } from "./known-captures.ts";
import {
  type ArrivalsOptions,
  type CaptureChanges,
  type ChangesOptions,
  captureChanges,
  listArrivals,
} from "./list-arrivals.ts";
import {
  type CapturePage,
  type CaptureTile,
  type IterateOptions,
  iterateCaptures,
  type ListOptions,
  listCaptures,
  listTiles,
} from "./list-captures.ts";
import { type OpenedCapture, type OpenOptions, openCapture } from "./open-capture.ts";
import { type SignedUrlOptions, signedUrl } from "./signed-url.ts";

/** What a client does with captures. */
export interface CapturesApi {
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
  /** As {@link list}, without EXIF and metadata: for galleries and players. */
  tiles(options?: ListOptions): Promise<CapturePage<CaptureTile>>;
  /** The latest tiles by when the server received them, whatever their own clocks said. */
  arrivals(options?: ArrivalsOptions): Promise<CaptureTile[]>;
  /** What arrived and what went into the trash since a list was read. */
  changes(options: ChangesOptions): Promise<CaptureChanges>;
  /** Frames received in each step of time, for heat maps. */
  cadence(options: CadenceOptions): Promise<CaptureCadence>;
  /** All captures of a filter, page by page. */
  iterate(options?: IterateOptions): AsyncGenerator<Capture>;
  /** By id; throws `not_found`. */
  get(id: string, signal?: AbortSignal): Promise<Capture>;
  /** Whether a live capture has this SHA-256. */
  exists(sha256: string, signal?: AbortSignal): Promise<boolean>;
  /** What the server says of up to 500 hashes, for one device, from rows and objects. */
  known(hashes: readonly string[], options?: KnownOptions): Promise<Map<string, KnownCapture>>;
  signedUrl(capture: Parameters<typeof signedUrl>[1], options?: SignedUrlOptions): Promise<string>;
  /** The bytes, verified against the catalogue. */
  download(capture: Downloadable, signal?: AbortSignal): Promise<Buffer>;
  /** The bytes as they come, or a part of them, for passing on: not verified. */
  open(capture: Parameters<typeof openCapture>[1], options?: OpenOptions): Promise<OpenedCapture>;
  /** Pictures and rows into a folder; resumable. */
  exportTo(folder: string, options?: ExportOptions): Promise<ExportSummary>;
  /** Holds captures: retention neither trashes nor purges them. For operators and more, as all that follows. */
  pin(ids: readonly string[], options?: ChangeOptions): Promise<ChangedCapture[]>;
  unpin(ids: readonly string[], options?: ChangeOptions): Promise<ChangedCapture[]>;
  /** Lets anyone read rows and pictures, the place where they were taken included. */
  publish(ids: readonly string[], options?: ChangeOptions): Promise<ChangedCapture[]>;
  unpublish(ids: readonly string[], options?: ChangeOptions): Promise<ChangedCapture[]>;
  /** Moves captures to the trash, from where {@link restore} brings them back until their grace ends. */
  softDelete(ids: readonly string[], options?: ChangeOptions): Promise<ChangedCapture[]>;
  restore(ids: readonly string[], options?: ChangeOptions): Promise<ChangedCapture[]>;
  /** Sets series, shot type and metadata. */
  setFields(ids: readonly string[], fields: CaptureFields): Promise<ChangedCapture[]>;
}

/** Binds them to a context. */
export function capturesApi(ctx: PilabContext): CapturesApi {
  const change = (verb: LifeVerb) => (ids: readonly string[], how?: ChangeOptions) =>
    asJob(() => changeCaptures(ctx, verb, { ids, ...how }));
  return {
    ...deviceVerbs(ctx).captures,
    list: (list) => listCaptures(ctx, list),
    tiles: (list) => listTiles(ctx, list),
    arrivals: (list) => listArrivals(ctx, list),
    changes: (list) => captureChanges(ctx, list),
    cadence: (cadence) => captureCadence(ctx, cadence),
    iterate: (filter) => iterateCaptures(ctx, filter),
    get: (id, signal) => getCapture(ctx, id, signal),
    exists: (sha256, signal) => captureExists(ctx, sha256, signal),
    signedUrl: (capture, signing) => signedUrl(ctx, capture, signing),
    download: (capture, signal) => downloadCapture(ctx, capture, signal),
    open: (capture, opening) => openCapture(ctx, capture, opening),
    exportTo: (folder, exporting) => exportCaptures(ctx, folder, exporting),
    pin: change("pin_captures"),
    unpin: change("unpin_captures"),
    publish: change("publish_captures"),
    unpublish: change("unpublish_captures"),
    softDelete: change("soft_delete_captures"),
    restore: change("restore_captures"),
    setFields: (ids, fields) => asJob(() => setCaptureFields(ctx, ids, fields)),
  };
}
