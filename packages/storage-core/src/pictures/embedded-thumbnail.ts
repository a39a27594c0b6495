import { openByteSource } from "./byte-source.ts";
import { readJpeg } from "./jpeg.ts";
import type { Structure } from "./structure.ts";

const IFD_ENTRY_BYTES = 12;
const THUMBNAIL_OFFSET = 0x0201;
const THUMBNAIL_LENGTH = 0x0202;
/** Below this it would be drawn out on every screen. */
const MIN_EDGE_PX = 160;
/** Both sides are whole pixels; a preview with bars around it, as some cameras write, is further off. */
const PROPORTION_TOLERANCE = 0.02;

/**
 * The preview in a JPEG's EXIF block, turned as the picture is to be turned: a JPEG of its own, of at least 160 px. Null
 * where there is none that shows the picture as it is.
 */
export async function embeddedThumbnail(
  { tiff, width, height }: Structure,
  orientation: number | undefined,
): Promise<Buffer | null> {
  if (tiff === null || width === null || height === null) return null;
  try {
    const bytes = findJpeg(tiff);
    if (bytes === null) return null;
    const shown = await readJpeg(await openByteSource({ bytes }, "the preview"));
    if (shown.width === null || shown.height === null) return null;
    if (Math.max(shown.width, shown.height) < MIN_EDGE_PX) return null;
    const proportion = (shown.width * height) / (shown.height * width);
    return Math.abs(proportion - 1) <= PROPORTION_TOLERANCE ? oriented(bytes, orientation ?? 1) : null;
  } catch {
    return null; // garbage in it is no fault of the picture
  }
}

/** Of the second directory, which describes the preview. Throws a RangeError where an offset leads outside. */
function findJpeg(tiff: Buffer): Buffer | null {
  const little = tiff.toString("latin1", 0, 2) === "II";
  const u16 = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number) => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const first = u32(4);
  const second = u32(first + 2 + u16(first) * IFD_ENTRY_BYTES);
  if (second === 0) return null;
  const values = new Map<number, number>();
  for (let entry = 0; entry < u16(second); entry += 1) {
    const at = second + 2 + entry * IFD_ENTRY_BYTES;
    values.set(u16(at), u32(at + 8));
  }
  const [offset, length] = [values.get(THUMBNAIL_OFFSET), values.get(THUMBNAIL_LENGTH)];
  if (offset === undefined || length === undefined) return null;
  const bytes = tiff.subarray(offset, offset + length);
  return bytes.length === length && bytes.readUInt16BE(0) === 0xffd8 ? bytes : null;
}

/** With an EXIF block of its own that says how it is turned: the decoder then turns it as it does the picture. */
function oriented(jpeg: Buffer, orientation: number): Buffer {
  const exif = Buffer.from(
    "ffe10022457869660000" + "4d4d002a00000008" + "0001011200030000000100000000" + "00000000",
    "hex",
  );
  exif.writeUInt16BE(orientation, exif.length - 8);
  return Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
}
