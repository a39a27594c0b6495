import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

const START_OF_IMAGE = 2;
const COMMENT_MARKER = 0xfffe;
const COMMENT_MAX = 65_533;

/**
 * Writes `count` valid JPEG files of exactly `sizeBytes`, each with its own bytes: one picture of noise, filled up
 * with comment segments that carry the file's number.
 */
export async function makeFiles(folder: string, count: number, sizeBytes: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const picture = await drawPicture(sizeBytes);
  const paths: string[] = [];
  for (let i = 0; i < count; i++) {
    const path = join(folder, `frame-${String(i).padStart(6, "0")}.jpg`);
    await writeFile(path, fill(picture, sizeBytes, `frame ${i} of ${count}`));
    paths.push(path);
  }
  return paths;
}

/** Noise that compresses to a little less than the size: the decoder's work is then that of a real picture. */
async function drawPicture(sizeBytes: number): Promise<Buffer> {
  const bytesPerPixel = 0.75; // of gaussian noise at quality 80
  const width = Math.max(16, Math.floor(Math.sqrt((sizeBytes * 0.8) / bytesPerPixel)));
  const noise = { type: "gaussian" as const, mean: 128, sigma: 30 };
  const picture = await sharp({ create: { width, height: width, channels: 3, background: "#888", noise } })
    .jpeg({ quality: 80 })
    .toBuffer();
  if (picture.length > sizeBytes - 64)
    throw new Error(`the picture has ${picture.length} bytes, more than ${sizeBytes}`);
  return picture;
}

function fill(picture: Buffer, sizeBytes: number, text: string): Buffer {
  const comments: Buffer[] = [];
  let missing = sizeBytes - picture.length;
  while (missing > 0) {
    // A segment takes at least 4 bytes; never leave a rest that is too small for one.
    const length = missing > COMMENT_MAX + 2 ? Math.min(COMMENT_MAX, missing - 2 - 4) : missing - 2;
    const segment = Buffer.alloc(length + 2, text);
    segment.writeUInt16BE(COMMENT_MARKER, 0);
    segment.writeUInt16BE(length, 2);
    comments.push(segment);
    missing -= segment.length;
  }
  return Buffer.concat([picture.subarray(0, START_OF_IMAGE), ...comments, picture.subarray(START_OF_IMAGE)]);
}
