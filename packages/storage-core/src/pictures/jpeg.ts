import type { ByteSource } from "./byte-source.ts";
import { bytesText, cutOff, notACapture, type Structure } from "./structure.ts";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const SCAN_BYTES = 256 * 1024;

/**
 * Walks a JPEG from marker to marker: complete means that image data and then an end marker come. Segments are
 * skipped by their length, so neither a thumbnail inside EXIF nor its end marker is mistaken for the picture's.
 * What follows the end marker (raw sensor data, padding, a second picture) is not looked at.
 */
export async function readJpeg(source: ByteSource): Promise<Structure> {
  const found: Structure = { width: null, height: null, tiff: null };
  let scans = 0;
  for (let offset = 2; ; ) {
    const marker = await nextMarker(source, offset);
    if (marker === null) {
      const what = scans === 0 ? "no image data" : "the image data has no end";
      throw cutOff(source, `${what} in ${bytesText(source.size)}`);
    }
    if (marker.code === EOI) break;
    if (marker.code === SOI)
      throw cutOff(source, `another picture begins at byte ${marker.end - 2}, before the first ends`);
    const segment = await readSegment(source, marker.end);
    if (marker.code === SOS) scans += 1;
    else if (isFrame(marker.code)) Object.assign(found, await readFrame(source, marker.end));
    else if (marker.code === APP1) found.tiff ??= await readExif(source, marker.end, segment.length);
    offset = marker.end + segment.length;
  }
  if (scans === 0) throw notACapture(source, "a JPEG that ends with no image data");
  return found;
}

/** The next marker that is no stuffing (FF 00), fill (FF FF) or restart mark: these occur inside image data. */
async function nextMarker(source: ByteSource, from: number): Promise<{ code: number; end: number } | null> {
  for (let offset = from; offset + 1 < source.size; ) {
    const block = await source.read(offset, SCAN_BYTES);
    if (block.length < 2) return null;
    for (let at = block.indexOf(0xff); at !== -1 && at + 1 < block.length; at = block.indexOf(0xff, at + 1)) {
      const code = block[at + 1] as number;
      if (code > 0x01 && code !== 0xff && !(code >= 0xd0 && code <= 0xd7))
        return { code, end: offset + at + 2 };
    }
    offset += block.length - 1; // one byte again: a marker may lie across two blocks
  }
  return null;
}

async function readSegment(source: ByteSource, offset: number): Promise<{ length: number }> {
  const head = await source.read(offset, 2);
  const length = head.length < 2 ? 0 : head.readUInt16BE(0);
  if (head.length === 2 && length < 2)
    throw notACapture(source, `a JPEG segment at byte ${offset} has length ${length}`);
  if (head.length < 2 || offset + length > source.size) {
    throw cutOff(source, `a segment at byte ${offset} reaches past the end (${bytesText(source.size)})`);
  }
  return { length };
}

// C0–CF are frame headers, but for DHT (C4), JPG (C8) and DAC (CC).
function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

async function readFrame(
  source: ByteSource,
  offset: number,
): Promise<{ width: number; height: number } | undefined> {
  const frame = await source.read(offset, 7);
  return frame.length < 7 ? undefined : { height: frame.readUInt16BE(3), width: frame.readUInt16BE(5) };
}

async function readExif(source: ByteSource, offset: number, length: number): Promise<Buffer | null> {
  const segment = await source.read(offset + 2, length - 2);
  if (segment.toString("latin1", 0, 6) !== "Exif\0\0") return null;
  return Buffer.from(segment.subarray(6)); // a copy: the source's window moves on
}
