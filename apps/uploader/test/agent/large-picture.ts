import { makeJpeg } from "@pilab/testing";

const START_OF_IMAGE = 2;
const SEGMENT_BYTES = 65_535;

/** A JPEG of about `sizeBytes`: comments stand before the picture, so that a file that is cut anywhere has no end. */
export async function makeLargeJpeg(sizeBytes: number, seed: number): Promise<Buffer> {
  const picture = await makeJpeg({ width: 64, height: 48, seed });
  const comment = Buffer.alloc(SEGMENT_BYTES + 2, `picture ${seed} `);
  comment.writeUInt16BE(0xfffe, 0);
  comment.writeUInt16BE(SEGMENT_BYTES, 2);
  const comments = Array.from({ length: Math.ceil(sizeBytes / comment.length) }, () => comment);
  return Buffer.concat([picture.subarray(0, START_OF_IMAGE), ...comments, picture.subarray(START_OF_IMAGE)]);
}
