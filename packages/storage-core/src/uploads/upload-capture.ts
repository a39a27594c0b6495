import type { KnownCapture } from "@pilab/schema";
import { type CapturedAt, chooseCapturedAt, type Inspection } from "../pictures/index.ts";
import {
  type CaptureWork,
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

/** One file of a run, with everything that the caller knows of it. */
export interface CaptureToUpload extends CaptureOptions {
  readonly source: UploadSource;
  readonly measures: boolean;
  readonly thumbnails: boolean;
  /** Only say what would be done. */
  readonly dryRun: boolean;
  /** Told what was read, also of a file that fails later. */
  readonly onRead?: (content: Content) => void;
}

/**
 * Brings one file to the server: read, ask, inspect, send, verify, log. Throws a PilabError when it is no capture or
 * could not be brought there.
 */
export async function uploadCapture(run: UploadRun, item: CaptureToUpload): Promise<UploadOutcome> {
  const device = await run.device();
  const { content, letGo, close } = await run.read(() => read(run, item));
  item.onRead?.(content);
  try {
    return await bring(run, { ...item, device, content }, letGo);
  } finally {
    letGo();
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
    const letGo = () => {
      content.release();
      freeMemory();
    };
    return { content, letGo, close };
  } catch (error) {
    freeMemory();
    throw error;
  }
}

async function bring(run: UploadRun, work: CaptureWork, letGo: () => void): Promise<UploadOutcome> {
  const { content } = work;
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
      : await sendAndVerify(run, { ...inspected, known }, letGo);
    const logged = await run.timed("logMs", () => run.log(rowOf(run.ctx, inspected, sent)));
    return outcomeOf(inspected, sent, logged);
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

function chooseTime(run: UploadRun, work: CaptureWork, inspection: Inspection): CapturedAt {
  const { content, device, capturedAt, sidecarCapturedAt } = work;
  return chooseCapturedAt({
    caller: capturedAt,
    sidecar: sidecarCapturedAt,
    taken: inspection.takenAt,
    fileName: content.fileName,
    mtimeMs: content.mtimeMs ?? undefined,
    timeZone: device.timeZone,
    now: new Date(Date.now() + (run.ctx.clock.offsetMs() ?? 0)),
  });
}

async function sendAndVerify(
  run: UploadRun,
  work: Inspected & { known: KnownCapture },
  letGo: () => void,
): Promise<Sent> {
  const { ctx, signal } = run;
  const { content, inspection, known } = work;
  const { bucket } = ctx;
  const pathOf = pathsFor(work, known.object_path);
  const contentType = inspection.contentType;
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
  letGo(); // whatever verification still wants of the file, it reads from disk
  const verifiedBy =
    sent.settledBy ??
    (await run.timed("verifyMs", async () =>
      verifyUploaded(ctx, { bucket, path: sent.path, content, signal }, await run.held(sent.path)),
    ));
  return {
    path: sent.path,
    verifiedBy,
    thumbnail: inspection.thumbnail !== null && thumbnailNote === null && sent.path === pathOf(1),
    notes: thumbnailNote === null ? [] : [thumbnailNote],
  };
}

/** The row's own path first when its object is missing; else a path made of device, time and content. */
function pathsFor({ device, time, content, inspection }: Inspected, rowPath: string | null) {
  return (attempt: number) => {
    if (rowPath !== null) return attempt === 1 ? rowPath : rowPath.replace(/(\.[^./]*)?$/, `-${attempt}$1`);
    return objectPath({
      slug: device.slug,
      capturedAt: time.capturedAt,
      sha256: content.sha256,
      extension: inspection.extension,
      attempt,
    });
  };
}
