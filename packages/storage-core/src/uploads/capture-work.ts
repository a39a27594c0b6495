import {
  type CaptureToLog,
  captureToLog,
  type KnownCapture,
  type LoggedCapture,
  PilabError,
} from "@pilab/schema";
import { z } from "zod";
import type { CatalogueAnswer } from "../captures/log-captures.ts";
import type { PilabContext } from "../context.ts";
import type { UploadDevice } from "../devices/resolve-device.ts";
import type { CapturedAt, Inspection } from "../pictures/index.ts";
import type { Content } from "./content.ts";
import type { UploadOutcome, UploadResult } from "./outcome.ts";
import type { UploadSource } from "./source.ts";
import type { CaptureOptions } from "./upload-options.ts";
import type { VerifiedBy } from "./verify-decision.ts";

/** A file that was read. */
export interface CaptureWork extends CaptureOptions {
  readonly source: UploadSource;
  readonly measures: boolean;
  readonly thumbnails: boolean;
  readonly dryRun: boolean;
  readonly device: UploadDevice;
  readonly content: Content;
}

/** A file that was found to be a capture. */
export interface Inspected extends CaptureWork {
  readonly inspection: Inspection;
  readonly time: CapturedAt;
}

/** Where its bytes lie on the server. */
export interface Sent {
  readonly path: string;
  /** Undefined when the catalogue had them already. */
  readonly verifiedBy: VerifiedBy | undefined;
  /** Whether a thumbnail lies beside them. */
  readonly thumbnail: boolean;
  readonly notes: readonly string[];
}

/** Enough to adopt the object into the catalogue if its row is ever lost. */
export function userMetadataOf({
  content,
  time,
  series,
  shotType,
  device,
}: Inspected): Record<string, unknown> {
  return {
    v: 1,
    sha256: content.sha256,
    captured_at: time.capturedAt.toISOString(),
    source: time.source,
    series: series ?? device.series,
    shot_type: shotType ?? device.shotType,
    device: device.slug,
  };
}

/** The row for the catalogue. */
export function rowOf(
  ctx: PilabContext,
  work: Inspected,
  { path, thumbnail }: Pick<Sent, "path" | "thumbnail">,
): CaptureToLog {
  const { content, inspection, time, device, metrics } = work;
  const measured = metrics ? { ...metrics, source: "caller", version: null } : inspection.measures;
  return {
    bucket_id: ctx.bucket,
    object_path: path,
    file_name: content.fileName,
    sha256: content.sha256,
    size_bytes: content.sizeBytes,
    content_type: inspection.contentType,
    series: work.series ?? device.series,
    shot_type: work.shotType ?? device.shotType,
    captured_at: time.capturedAt.toISOString(),
    captured_at_source: time.source,
    captured_at_trusted: time.trusted,
    clock_offset_ms: ctx.clock.offsetMs() ?? null,
    width: inspection.width,
    height: inspection.height,
    brightness: measured?.brightness ?? null,
    sharpness: measured?.sharpness ?? null,
    contrast: measured?.contrast ?? null,
    measures_source: measured?.source ?? null,
    measures_version: measured?.version ?? null,
    exif: inspection.exif,
    metadata: work.metadata ?? {},
    thumbnail_path: thumbnail ? `${path}.webp` : null,
  };
}

/** Nothing is sent for a capture that an operator or a policy removed. */
export function removedByPolicy({ content, source }: CaptureWork, known: KnownCapture): UploadOutcome {
  const trashed = known.state === "trashed";
  return {
    file: nameOf(source, content.fileName),
    outcome: trashed ? "trashed" : "purged",
    sizeBytes: content.sizeBytes,
    sha256: content.sha256,
    captureId: known.id ?? undefined,
    objectPath: known.object_path ?? undefined,
    reason: trashed
      ? "the capture is in the trash; an operator can restore it"
      : "the capture was removed by retention policy",
    notes: [],
  };
}

/** What a dry run expects: `uploaded` and `duplicate` as a real run would most likely report them. */
export function foreseen(
  { content, source, inspection, time }: Inspected,
  known: KnownCapture,
): UploadOutcome {
  return {
    file: nameOf(source, content.fileName),
    outcome: known.state === "stored" ? "duplicate" : "uploaded",
    sizeBytes: content.sizeBytes,
    sha256: content.sha256,
    objectPath: known.object_path ?? undefined,
    capturedAt: time.capturedAt,
    capturedAtSource: time.source,
    capturedAtTrusted: time.trusted,
    notes: notesOf(inspection, time),
  };
}

type Catalogued = Exclude<LoggedCapture["outcome"], "refused">;

const RESULTS: Record<Catalogued, UploadResult> = {
  created: "uploaded",
  restored: "uploaded",
  duplicate: "duplicate",
  repeated: "repeated",
  trashed: "trashed",
  purged: "purged",
};

/** The report on a file that reached the catalogue. */
export function outcomeOf(work: Inspected, sent: Sent, logged: CatalogueAnswer): UploadOutcome {
  const { content, source, inspection, time } = work;
  if (logged.outcome === "refused") throw refused(content, sent.path, logged.reason);
  return {
    file: nameOf(source, content.fileName),
    outcome: resultOf(sent, logged.outcome, logged.isRepeated),
    sizeBytes: content.sizeBytes,
    sha256: content.sha256,
    captureId: logged.id ?? undefined,
    objectPath: logged.object_path ?? sent.path,
    verifiedBy: sent.verifiedBy,
    capturedAt: time.capturedAt,
    capturedAtSource: time.source,
    capturedAtTrusted: time.trusted,
    reason: logged.reason ?? undefined,
    notes: [...notesOf(inspection, time), ...sent.notes],
  };
}

/**
 * A row that is there already, for bytes that were only now sent, is our own if the answer to its first writing was lost;
 * else another process brought the same file at the same time, and counts it.
 */
function resultOf(sent: Sent, outcome: Catalogued, isRepeated: boolean): UploadResult {
  const isOurs = outcome === "duplicate" && isRepeated && sent.verifiedBy !== undefined;
  return isOurs ? "uploaded" : RESULTS[outcome];
}

// What JSON writes as an escape and Postgres refuses: a NUL, and half of a surrogate pair, such as a cut emoji leaves.
// After an even number of backslashes: what is written out as \\u0000 is no NUL.
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Refuses what the catalogue would refuse, before anything is sent, and so that no other file of its batch suffers. */
export function checkRow(row: CaptureToLog): void {
  const { error } = captureToLog.safeParse(row);
  const problem = error
    ? z.prettifyError(error)
    : UNSTORABLE.test(JSON.stringify(row)) && "a text in it holds a NUL or half of a character";
  if (problem) throw new PilabError("invalid_input", `${row.file_name} cannot be catalogued: ${problem}`);
}

function notesOf(inspection: Inspection, time: CapturedAt): string[] {
  const doubts = time.rejected.map(({ source, value, why }) => `${source} time ${value} ${why}`);
  return [...doubts, ...inspection.notes];
}

function refused({ fileName }: Content, path: string, reason: string | null): PilabError {
  const objectIsWrong = reason === "object_missing" || reason === "size_differs";
  return new PilabError(
    objectIsWrong ? "server_lied" : "conflict",
    `The catalogue refused ${fileName} at ${path}: ${reason ?? "no reason given"}`,
    { details: { reason, objectPath: path } },
  );
}

/** The path as given, or the name of what came without one. */
export function nameOf(source: UploadSource, fileName = "bytes"): string {
  return typeof source === "string" ? source : fileName;
}
