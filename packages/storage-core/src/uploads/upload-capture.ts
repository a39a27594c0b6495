import { type KnownCapture, PilabError } from "@pilab/schema";
import { type CapturedAt, chooseCapturedAt, type Inspection } from "../pictures/index.ts";
import {
  type CaptureWork,
  checkRow,
  foreseen,
  type Inspected,
  outcomeOf,
  removedByPolicy,
  rowOf,
  type Sent,
  userMetadataOf,
} from "./capture-work.ts";
import type { Content } from "./content.ts";
import { objectPath } from "./object-path.ts";
import type { UploadOutcome } from "./outcome.ts";
import { sendObject } from "./send-object.ts";
import { sendThumbnail } from "./send-thumbnail.ts";
import { openSource, type UploadSource } from "./source.ts";
import type { CaptureOptions } from "./upload-options.ts";
import type { UploadRun } from "./upload-run.ts";
import { verifyUploaded } from "./verify.ts";
import type { VerifiedBy } from "./verify-decision.ts";

/** One file of a run, with everything that the caller knows of it. */
export interface CaptureToUpload extends CaptureOptions {
  readonly source: UploadSource;
  readonly measures: boolean;
  readonly thumbnails: boolean;
  /** Only say what would be done. */
  readonly dryRun: boolean;
  /** Told what was read, also of a file that fails later. */
  readonly onRead?: (content: Content) => void;
  /** What an earlier try decided; its path and time hold for every later one. */
  readonly placement?: Placement | undefined;
  /** Awaited when path and time are decided, before the first byte is sent. What it throws is the file's failure. */
  readonly onPlaced?: ((placement: Placement) => Promise<void>) | undefined;
  /** Sets right a time that was told by a clock which has been found wrong since. */
  readonly correctTime?: ((time: CapturedAt) => CapturedAt) | undefined;
  /** Have bytes that were there already proven as if they had been sent. Default false: the catalogue's word counts. */
  readonly proveDuplicates?: boolean | undefined;
}

/** What is decided about a capture before its first byte is sent. */
export interface Placement {
  readonly sizeBytes: number;
  /** Null for bytes that came without a file. */
  readonly mtimeMs: number | null;
  readonly sha256: string;
  readonly md5: string;
  readonly objectPath: string;
  readonly capturedAt: Date;
  readonly capturedAtSource: CapturedAt["source"];
  readonly capturedAtTrusted: boolean;
}

/**
 * Brings one file to the server: read, ask, inspect, send, verify, log. Throws a PilabError when it is no capture or
 * could not be brought there.
 */
export async function uploadCapture(run: UploadRun, item: CaptureToUpload): Promise<UploadOutcome> {
  const device = await run.device();
  const { content, freeMemory, close } = await run.read(() => read(run, item));
  item.onRead?.(content);
  try {
    return await bring(run, { ...item, device, content }, freeMemory);
  } finally {
    freeMemory();
    await close();
  }
}

async function read(run: UploadRun, { source, fileName }: CaptureToUpload) {
  let freeMemory = () => {};
  let since = performance.now();
  try {
    const { content, close } = await openSource(source, {
      fileName,
      maxBytes: run.ctx.settings.maxFileSizeBytes,
      signal: run.signal,
      takeMemory: async (bytes) => {
        freeMemory = await run.takeMemory(bytes);
        since = performance.now(); // waiting is not reading
      },
    });
    run.timings.readMs += performance.now() - since;
    return { content, freeMemory, close };
  } catch (error) {
    freeMemory();
    throw error;
  }
}

type Work = CaptureWork & CaptureToUpload;

async function bring(run: UploadRun, work: Work, freeMemory: () => void): Promise<UploadOutcome> {
  const { content, placement } = work;
  if (placement !== undefined && placement.sha256 !== content.sha256) {
    throw new PilabError("file_changed", `${content.fileName} holds other bytes than at its first upload`, {
      hint: "It was overwritten meanwhile; its new version is another capture.",
    });
  }
  const { known, unlock } = await askUntilFree(run, content.sha256);
  try {
    if (known.state === "trashed" || known.state === "purged") return removedByPolicy(work, known);
    const stored = known.state === "stored";
    const inspection = await inspect(run, work, !stored);
    const time = chooseTime(run, work, inspection);
    const inspected = { ...work, inspection, time };
    if (work.dryRun) return foreseen(inspected, known);
    const sent = stored
      ? { path: known.object_path as string, verifiedBy: undefined, thumbnail: false, notes: [] }
      : await sendAndVerify(run, { ...inspected, known }, freeMemory);
    const logged = await run.timed("logMs", () => run.log(rowOf(run.ctx, inspected, sent)));
    const outcome = outcomeOf(inspected, sent, logged);
    if (!stored || work.proveDuplicates !== true || outcome.captureId === undefined) return outcome;
    return { ...outcome, verifiedBy: await verify(run, content, sent.path) };
  } finally {
    unlock();
  }
}

/**
 * Asks the catalogue for the content. Unless it is stored or removed there, the content is locked for this file: of
 * several files with the same bytes one is sent, and the others ask again when it is through.
 */
async function askUntilFree(
  run: UploadRun,
  sha256: string,
): Promise<{ known: KnownCapture; unlock: () => void }> {
  const { locks } = run.ctx;
  const key = `sha256:${sha256}`;
  for (;;) {
    const known = await run.timed("knownMs", () => run.known(sha256));
    if (known.state !== "unknown" && known.state !== "missing") return { known, unlock: () => {} };
    const unlock = locks.tryAcquire(key);
    if (unlock) return { known, unlock };
    await run.park(locks.released(key));
    run.signal.throwIfAborted();
  }
}

async function inspect(
  run: UploadRun,
  { content, measures, thumbnails, metrics }: CaptureWork,
  full: boolean,
) {
  const { bytes, fileName } = content;
  const input = bytes === null ? { path: content.path as string, sizeBytes: content.sizeBytes } : { bytes };
  return await run.decoding(() =>
    run.timed("inspectMs", () =>
      run.ctx.settings.inspect(input, {
        fileName,
        measures: full && measures && metrics === undefined,
        thumbnail: full && thumbnails,
        signal: run.signal,
      }),
    ),
  );
}

function chooseTime(run: UploadRun, work: Work, inspection: Inspection): CapturedAt {
  const { content, device, capturedAt, sidecarCapturedAt, placement, correctTime = (time) => time } = work;
  if (placement !== undefined) {
    const { capturedAt, capturedAtSource: source, capturedAtTrusted: trusted } = placement;
    return { capturedAt, source, trusted, rejected: [] };
  }
  // What a clock that is ahead has told is no lie yet: correctTime sets it right.
  const offsetMs = run.ctx.clock.offsetMs() ?? 0;
  const time = chooseCapturedAt({
    caller: capturedAt,
    sidecar: sidecarCapturedAt,
    taken: inspection.takenAt,
    fileName: content.fileName,
    mtimeMs: content.mtimeMs ?? undefined,
    timeZone: device.timeZone,
    now: new Date(Date.now() + (work.correctTime === undefined ? offsetMs : Math.max(0, offsetMs))),
  });
  return correctTime(time);
}

async function sendAndVerify(
  run: UploadRun,
  work: Work & Inspected & { known: KnownCapture },
  freeMemory: () => void,
): Promise<Sent> {
  const { ctx, signal } = run;
  const { content, inspection, known } = work;
  const { bucket } = ctx;
  const pathOf = pathsFor(work, known.object_path);
  checkRow(rowOf(ctx, work, { path: pathOf(1), thumbnail: false }));
  const contentType = inspection.contentType;
  await work.onPlaced?.({
    sizeBytes: content.sizeBytes,
    mtimeMs: content.mtimeMs,
    sha256: content.sha256,
    md5: content.md5,
    objectPath: pathOf(1),
    capturedAt: work.time.capturedAt,
    capturedAtSource: work.time.source,
    capturedAtTrusted: work.time.trusted,
  });
  const { sent, thumbnailNote } = await run.sending(async () => {
    // First, so that the row which tells of both is never ahead of it. The plain path is nearly always the one taken.
    const thumbnailNote = await run.timed("thumbnailUploadMs", () =>
      sendThumbnail(ctx, { path: pathOf(1), bytes: inspection.thumbnail, signal }),
    );
    const userMetadata = userMetadataOf(work);
    const sent = await run.timed("uploadMs", () =>
      sendObject(ctx, { bucket, content, contentType, userMetadata, pathOf, signal }),
    );
    return { sent, thumbnailNote };
  });
  freeMemory(); // others may read while this one is verified
  const verifiedBy = sent.settledBy ?? (await verify(run, content, sent.path));
  return {
    path: sent.path,
    verifiedBy,
    thumbnail: inspection.thumbnail !== null && thumbnailNote === null && sent.path === pathOf(1),
    notes: thumbnailNote === null ? [] : [thumbnailNote],
  };
}

async function verify(run: UploadRun, content: Content, path: string): Promise<VerifiedBy> {
  const { ctx, signal } = run;
  return await run.timed("verifyMs", async () =>
    verifyUploaded(ctx, { bucket: ctx.bucket, path, content, signal }, await run.held(path)),
  );
}

/** The row's own path first when its object is missing, then that of an earlier try; else one made of device, time, content. */
function pathsFor(
  { device, time, content, inspection, placement }: Work & Inspected,
  rowPath: string | null,
): (attempt: number) => string {
  const given = rowPath ?? placement?.objectPath;
  return (attempt) => {
    if (given !== undefined) return attempt === 1 ? given : given.replace(/(\.[^./]*)?$/, `-${attempt}$1`);
    return objectPath({
      slug: device.slug,
      capturedAt: time.capturedAt,
      sha256: content.sha256,
      extension: inspection.extension,
      attempt,
    });
  };
}
