import type { ByteSource } from "./byte-source.ts";
import { bytesText, cutOff, notACapture, type Structure } from "./structure.ts";

const MAX_EXIF_BYTES = 1024 * 1024;

/** Walks a WebP's chunks: complete means that the RIFF size and every chunk lie inside the file, and one holds a picture. */
export async function readWebp(source: ByteSource): Promise<Structure> {
  const found: Structure = { width: null, height: null, tiff: null };
  const end = 8 + (await source.read(4, 4)).readUInt32LE(0);
  if (end > source.size)
    throw cutOff(source, `it should have ${bytesText(end)} and has ${bytesText(source.size)}`);
  let hasPicture = false;
  for (let offset = 12; offset + 8 <= end; ) {
    const head = await source.read(offset, 8);
    const type = head.toString("latin1", 0, 4);
    const length = head.readUInt32LE(4);
    if (offset + 8 + length > end)
      throw cutOff(source, `its ${type.trim()} chunk at byte ${offset} reaches past the end`);
    if (type === "EXIF" && length <= MAX_EXIF_BYTES)
      found.tiff = withoutPrefix(await source.read(offset + 8, length));
    if (type === "VP8 " || type === "VP8L" || type === "ANMF") hasPicture = true;
    if (found.width === null) Object.assign(found, readSize(type, await source.read(offset + 8, 10)));
    offset += 8 + length + (length % 2);
  }
  if (!hasPicture) throw notACapture(source, "a WebP without image data");
  return found;
}

function readSize(type: string, data: Buffer): { width: number; height: number } | undefined {
  if (data.length < 10) return undefined;
  if (type === "VP8X") return { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 };
  if (type === "VP8 ") return { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff };
  if (type === "VP8L") {
    const bits = data.readUInt32LE(1);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return undefined;
}

// The standard stores bare TIFF; some writers keep JPEG's prefix.
function withoutPrefix(block: Buffer): Buffer {
  return Buffer.from(block.toString("latin1", 0, 6) === "Exif\0\0" ? block.subarray(6) : block);
}
