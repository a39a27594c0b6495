import type { ByteSource } from "./byte-source.ts";
import { bytesText, cutOff, notACapture, type Structure } from "./structure.ts";

const TAG = {
  newSubfileType: 254,
  width: 256,
  height: 257,
  stripOffsets: 273,
  stripByteCounts: 279,
  tileOffsets: 324,
  tileByteCounts: 325,
  subIfds: 330,
  exifIfd: 34665,
  dngVersion: 50706,
} as const;
const WANTED = new Set<number>(Object.values(TAG));

const TYPE_BYTES: Record<number, number> = { 1: 1, 3: 2, 4: 4, 13: 4 };
const MAX_DIRECTORIES = 32;
const MAX_VALUES = 65_536;
/** Directories may stand anywhere in a raw file; above this only its head is searched for EXIF. */
const MAX_EXIF_BYTES = 64 * 1024 * 1024;

type Directory = Map<number, number[]>;

/** Follows a DNG's directories: complete means that each, and every strip and tile it names, lies inside the file. */
export async function readDng(source: ByteSource): Promise<Structure> {
  const little = (await source.read(0, 2)).toString("latin1") === "II";
  const header = await source.read(4, 4);
  if (header.length < 4) throw cutOff(source, `only ${bytesText(source.size)}`);
  const queue = [little ? header.readUInt32LE(0) : header.readUInt32BE(0)];
  const seen = new Set<number>(); // a directory that points back to one already read ends there
  const directories: Directory[] = [];
  for (
    let offset = queue.shift();
    offset !== undefined && seen.size < MAX_DIRECTORIES;
    offset = queue.shift()
  ) {
    if (offset === 0 || seen.has(offset)) continue;
    seen.add(offset);
    const { tags, next } = await readDirectory(source, offset, little);
    directories.push(tags);
    queue.push(...(tags.get(TAG.subIfds) ?? []), next);
  }
  if (!directories.some((tags) => tags.has(TAG.dngVersion)))
    throw notACapture(source, "a TIFF that is not a DNG");
  for (const tags of directories) checkData(source, tags);
  const main = mainPicture(directories);
  return {
    width: main?.get(TAG.width)?.[0] ?? null,
    height: main?.get(TAG.height)?.[0] ?? null,
    tiff: Buffer.from(await source.read(0, Math.min(source.size, MAX_EXIF_BYTES))),
  };
}

async function readDirectory(
  source: ByteSource,
  offset: number,
  little: boolean,
): Promise<{ tags: Directory; next: number }> {
  const u16 = (bytes: Buffer, at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (bytes: Buffer, at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const outside = () =>
    cutOff(source, `a directory at byte ${offset} reaches past the end (${bytesText(source.size)})`);
  const head = await source.read(offset, 2);
  if (head.length < 2) throw outside();
  const count = u16(head, 0);
  const body = Buffer.from(await source.read(offset + 2, count * 12 + 4));
  if (body.length < count * 12 + 4) throw outside();
  const tags: Directory = new Map();
  for (let at = 0; at < count * 12; at += 12) {
    const [tag, type, values] = [u16(body, at), u16(body, at + 2), u32(body, at + 4)];
    const width = TYPE_BYTES[type];
    if (!WANTED.has(tag) || width === undefined || values > MAX_VALUES) continue;
    const size = width * values;
    const data =
      size <= 4 ? body.subarray(at + 8, at + 8 + size) : await source.read(u32(body, at + 8), size);
    if (data.length < size) throw outside();
    const read =
      width === 1
        ? (i: number) => data[i] as number
        : width === 2
          ? (i: number) => u16(data, i * 2)
          : (i: number) => u32(data, i * 4);
    tags.set(
      tag,
      Array.from({ length: values }, (_, i) => read(i)),
    );
  }
  return { tags, next: u32(body, count * 12) };
}

function checkData(source: ByteSource, tags: Directory): void {
  for (const [offsets, counts] of [
    [tags.get(TAG.stripOffsets), tags.get(TAG.stripByteCounts)],
    [tags.get(TAG.tileOffsets), tags.get(TAG.tileByteCounts)],
  ]) {
    offsets?.forEach((offset, i) => {
      const end = offset + (counts?.[i] ?? 0);
      if (end > source.size)
        throw cutOff(
          source,
          `its image data should reach byte ${end}, the file has ${bytesText(source.size)}`,
        );
    });
  }
}

// NewSubfileType 0 is the picture itself; its previews carry 1 and masks 4.
function mainPicture(directories: Directory[]): Directory | undefined {
  const area = (tags: Directory) => (tags.get(TAG.width)?.[0] ?? 0) * (tags.get(TAG.height)?.[0] ?? 0);
  const full = directories.filter((tags) => (tags.get(TAG.newSubfileType)?.[0] ?? 0) === 0 && area(tags) > 0);
  return (full.length > 0 ? full : directories).toSorted((a, b) => area(b) - area(a))[0];
}
