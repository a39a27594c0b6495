import type { ByteSource } from "./byte-source.ts";
import { bytesText, cutOff, notACapture, type Structure } from "./structure.ts";

const SIGNATURE_BYTES = 8;
const MAX_EXIF_BYTES = 1024 * 1024;

/** Walks a PNG's chunks: complete means that IHDR comes first, image data follow, and IEND lies inside the file. */
export async function readPng(source: ByteSource): Promise<Structure> {
  const found: Structure = { width: null, height: null, tiff: null };
  let hasData = false;
  for (let offset = SIGNATURE_BYTES; ; ) {
    const head = await source.read(offset, 8);
    if (head.length < 8) throw cutOff(source, `no IEND chunk in ${bytesText(source.size)}`);
    const length = head.readUInt32BE(0);
    const type = head.toString("latin1", 4, 8);
    const end = offset + 12 + length;
    if (end > source.size)
      throw cutOff(
        source,
        `its ${type} chunk at byte ${offset} reaches past the end (${bytesText(source.size)})`,
      );
    if (offset === SIGNATURE_BYTES && (type !== "IHDR" || length < 13))
      throw notACapture(source, "a PNG without a header");
    if (type === "IHDR") {
      const header = await source.read(offset + 8, 8);
      found.width = header.readUInt32BE(0);
      found.height = header.readUInt32BE(4);
    } else if (type === "IDAT") hasData = true;
    else if (type === "eXIf" && length <= MAX_EXIF_BYTES)
      found.tiff = Buffer.from(await source.read(offset + 8, length));
    else if (type === "IEND") break;
    offset = end;
  }
  if (!hasData) throw notACapture(source, "a PNG that ends with no image data");
  return found;
}
