import type { ByteSource } from "./byte-source.ts";
import { bytesText, cutOff, notACapture, type Structure } from "./structure.ts";

interface Box {
  type: string;
  /** Where its content begins and ends. */
  start: number;
  end: number;
}

/** From 1904-01-01, where ISO media count from, to 1970. */
const EPOCH_OFFSET_S = 2_082_844_800;
const MAX_BOXES = 10_000;
const MAX_FIELD_BYTES = 1024;

/**
 * Walks an MP4's boxes: complete means that every top box lies inside the file and the index (`moov`) is there. A
 * recording that was interrupted has no index, since cameras write it last.
 */
export async function readMp4(source: ByteSource): Promise<Structure> {
  const top = await listBoxes(source, 0, source.size, true);
  const moov = top.find((box) => box.type === "moov");
  if (moov === undefined)
    throw cutOff(source, `no index (moov) in ${bytesText(source.size)}: the recording was not finished`);
  if (!top.some((box) => box.type === "mdat" || box.type === "moof"))
    throw notACapture(source, "an MP4 without media data");
  const boxes = await listBoxes(source, moov.start, moov.end);
  const track = await videoTrack(source, boxes);
  if (track === undefined) throw notACapture(source, "an MP4 without a video track");
  const { takenAt, durationS } = await readMovieHeader(source, boxes);
  const gps = await readPlace(source, boxes);
  return {
    width: track.width,
    height: track.height,
    tiff: null,
    takenAt,
    properties: {
      ...(durationS === null ? {} : { durationS }),
      ...(track.rotation === 0 ? {} : { rotation: track.rotation }),
      ...(gps === null ? {} : { gps }),
    },
  };
}

/** The boxes between two offsets. Strict: one that reaches past the end means a cut file; else the list just ends there. */
async function listBoxes(source: ByteSource, from: number, to: number, strict = false): Promise<Box[]> {
  const boxes: Box[] = [];
  for (let offset = from; offset + 8 <= to && boxes.length < MAX_BOXES; ) {
    const head = await source.read(offset, 16);
    const type = head.toString("latin1", 4, 8);
    let size = head.readUInt32BE(0);
    let headBytes = 8;
    if (size === 1 && head.length === 16) {
      size = Number(head.readBigUInt64BE(8));
      headBytes = 16;
    } else if (size === 0) size = to - offset; // reaches to the end of the file
    const end = offset + size;
    if (size < headBytes || end > to) {
      if (!strict) break;
      if (size < headBytes) throw notACapture(source, `an MP4 box at byte ${offset} has size ${size}`);
      const name = /^[\x20-\x7e]{4}$/.test(type) ? type : "unknown";
      throw cutOff(
        source,
        `its ${name} box should reach byte ${end}, the file has ${bytesText(source.size)}`,
      );
    }
    boxes.push({ type, start: offset + headBytes, end });
    offset = end;
  }
  return boxes;
}

async function inside(source: ByteSource, boxes: Box[], type: string): Promise<Box[]> {
  const box = boxes.find((candidate) => candidate.type === type);
  return box === undefined ? [] : await listBoxes(source, box.start, box.end);
}

async function content(source: ByteSource, boxes: Box[], type: string): Promise<Buffer | null> {
  const box = boxes.find((candidate) => candidate.type === type);
  if (box === undefined) return null;
  return Buffer.from(await source.read(box.start, Math.min(box.end - box.start, MAX_FIELD_BYTES)));
}

async function readMovieHeader(
  source: ByteSource,
  boxes: Box[],
): Promise<{ takenAt: Structure["takenAt"]; durationS: number | null }> {
  const header = await content(source, boxes, "mvhd");
  if (header === null || header.length < 32) return { takenAt: null, durationS: null };
  const wide = header[0] === 1; // version 1 has 64-bit times
  const created = wide ? Number(header.readBigUInt64BE(4)) : header.readUInt32BE(4);
  const timescale = header.readUInt32BE(wide ? 20 : 12);
  const duration = wide ? Number(header.readBigUInt64BE(24)) : header.readUInt32BE(16);
  const at = new Date((created - EPOCH_OFFSET_S) * 1000);
  const known = created !== 0 && !Number.isNaN(at.getTime());
  return {
    // The standard says UTC.
    takenAt: known ? { text: at.toISOString().slice(0, 19), offsetMinutes: 0 } : null,
    durationS: timescale === 0 ? null : Math.round((duration / timescale) * 1000) / 1000,
  };
}

async function videoTrack(
  source: ByteSource,
  boxes: Box[],
): Promise<{ width: number; height: number; rotation: number } | undefined> {
  for (const box of boxes.filter((candidate) => candidate.type === "trak")) {
    const track = await listBoxes(source, box.start, box.end);
    const handler = await content(source, await inside(source, track, "mdia"), "hdlr");
    const header = await content(source, track, "tkhd");
    if (handler?.toString("latin1", 8, 12) !== "vide" || header === null) continue;
    const matrix = header[0] === 1 ? 52 : 40;
    if (header.length < matrix + 44) continue;
    // 16.16 fixed point, as are the matrix's a and b, of which a turn by 90 degrees makes 0 and ±1.
    const [a, b] = [header.readInt32BE(matrix), header.readInt32BE(matrix + 4)];
    const degrees = Math.round((Math.atan2(b, a) * 180) / Math.PI);
    return {
      width: header.readUInt32BE(matrix + 36) >>> 16,
      height: header.readUInt32BE(matrix + 40) >>> 16,
      rotation: (degrees + 360) % 360,
    };
  }
  return undefined;
}

/** The place as phones write it: `+51.4169-000.0806/` (ISO 6709) in `©xyz`. */
async function readPlace(
  source: ByteSource,
  boxes: Box[],
): Promise<{ lat: number; lon: number; alt?: number } | null> {
  const field = await content(source, await inside(source, boxes, "udta"), "\u00a9xyz");
  const match = /([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?/.exec(
    field?.toString("latin1", 4) ?? "",
  );
  if (match === null) return null;
  const [lat, lon, alt] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  return Number.isNaN(alt) ? { lat, lon } : { lat, lon, alt };
}
