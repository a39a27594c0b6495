import { type ParsedTime, parseFileName, parseWritten } from "./parse-time.ts";
import { dayIn, instantOf, utcOf } from "./zoned-time.ts";

/** Every place that may say when a capture was taken. */
export interface CapturedAtInput {
  /** What the caller says: an instant, or text with an offset, or text in the device's zone. */
  caller?: Date | string | undefined;
  /** What the JSON file beside the picture says: as `caller`, or seconds or milliseconds since 1970. */
  sidecar?: string | number | undefined;
  /** What the picture's own EXIF (or a video's header) says: `takenAt` of its inspection. */
  taken?: { text: string; offsetMinutes: number | null } | null | undefined;
  fileName: string;
  /** The file's modification time; missing for bytes that never were a file. */
  mtimeMs?: number | undefined;
  /** The device's IANA zone, for times that name no offset. */
  timeZone: string;
  now: Date;
}

/** A capture's time, where it comes from, and what was not believed. */
export interface CapturedAt {
  capturedAt: Date;
  source: "caller" | "sidecar" | "exif" | "filename" | "mtime";
  /** False where only a file system or the arrival vouches for it, or a name that gives a day without a time. */
  trusted: boolean;
  rejected: { source: CapturedAt["source"]; value: string; why: string }[];
}

/** Cameras that lost their clock say 1970 or 1980; no digital capture is older than this. */
const EARLIEST_MS = Date.UTC(1990, 0, 1);
/** Zones reach 14 hours ahead, and clocks drift: a day is still no lie. */
const FUTURE_MS = 24 * 60 * 60 * 1000;

/**
 * Chooses when a capture was taken: the first believable of caller, sidecar, EXIF, file name and modification time.
 *
 * The sidecar stands before EXIF: the program that took the picture wrote it on purpose and names an instant, while EXIF
 * (always, on a Raspberry Pi) shows a wall clock without a zone. A file name that gives only a day yields to a
 * modification time on that same day, which also knows the hour. With nothing believable at all it is `now`, as `mtime`.
 */
export function chooseCapturedAt(input: CapturedAtInput): CapturedAt {
  const rejected: CapturedAt["rejected"] = [];
  const mtimeMs = isInstant(input.mtimeMs) ? input.mtimeMs : undefined;
  for (const { source, value, read } of candidates({ ...input, mtimeMs })) {
    const found = read();
    const why = "why" in found ? found.why : doubt(found.at, input.now);
    if (why === null && "at" in found)
      return { capturedAt: new Date(found.at), source, trusted: found.trusted, rejected };
    rejected.push({ source, value: value.slice(0, 64), why: why ?? "" });
  }
  return { capturedAt: new Date(input.now), source: "mtime", trusted: false, rejected };
}

type Reading = { at: number; trusted: boolean } | { why: string };
interface Candidate {
  source: CapturedAt["source"];
  value: string;
  read: () => Reading;
}

function candidates({ caller, sidecar, taken, fileName, mtimeMs, timeZone }: CapturedAtInput): Candidate[] {
  const list: Candidate[] = [];
  const add = (source: Candidate["source"], value: string, read: Candidate["read"]) =>
    list.push({ source, value, read });
  if (caller !== undefined) add("caller", said(caller), () => readSaid(caller, timeZone));
  if (sidecar !== undefined) add("sidecar", said(sidecar), () => readSaid(sidecar, timeZone));
  if (taken != null) add("exif", taken.text, () => readText(taken.text, timeZone, taken.offsetMinutes));
  const named = parseFileName(fileName);
  if (
    named !== null &&
    !(named.dateOnly && mtimeMs !== undefined && dayOf(named) === dayIn(timeZone, mtimeMs))
  ) {
    add("filename", fileName, () => ({ at: resolve(named, timeZone), trusted: !named.dateOnly }));
  }
  if (mtimeMs !== undefined) add("mtime", said(new Date(mtimeMs)), () => ({ at: mtimeMs, trusted: false }));
  return list;
}

function readSaid(value: Date | string | number, timeZone: string): Reading {
  if (typeof value === "string") return readText(value, timeZone);
  // Seconds since 1970 stay below this until the year 5138; milliseconds passed it in 1973.
  const at = value instanceof Date ? value.getTime() : value < 1e11 ? value * 1000 : value;
  return Number.isNaN(new Date(at).getTime()) ? { why: "is no date" } : { at, trusted: true };
}

function readText(text: string, timeZone: string, offset: number | null = null): Reading {
  if (/^[\s:]*$/.test(text)) return { why: "is blank" };
  if (/^[\s:.0]*$/.test(text)) return { why: "is all zeros" };
  const parsed = parseWritten(text);
  if (parsed === null) return { why: "is no date" };
  return {
    at: resolve({ ...parsed, offsetMinutes: parsed.offsetMinutes ?? offset }, timeZone),
    trusted: !parsed.dateOnly,
  };
}

function resolve({ wall, offsetMinutes }: ParsedTime, timeZone: string): number {
  return offsetMinutes === null ? instantOf(wall, timeZone).getTime() : utcOf(wall) - offsetMinutes * 60_000;
}

function doubt(at: number, now: Date): string | null {
  if (at < EARLIEST_MS) return "is before 1990";
  if (at > now.getTime() + FUTURE_MS) return "is more than a day in the future";
  return null;
}

function isInstant(ms: number | undefined): boolean {
  return ms !== undefined && !Number.isNaN(new Date(ms).getTime());
}

function dayOf({ wall }: ParsedTime): string {
  return new Date(utcOf(wall)).toISOString().slice(0, 10);
}

function said(value: Date | string | number): string {
  if (!(value instanceof Date)) return String(value);
  return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
}
