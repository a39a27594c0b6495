/** What a test's video says of itself; it has an index but no frames that a player could show. */
export interface Mp4Options {
  /** Default 1280. */
  width?: number;
  /** Default 720. */
  height?: number;
  /** Default 2025-06-15T12:30:00Z; null writes the zero that cameras without a clock write. */
  createdAt?: Date | null;
  /** 0, 90, 180 or 270 degrees clockwise. Default 0. */
  rotation?: number;
  /** "+51.4169-000.0806/", as phones write it. */
  place?: string;
  /** Bytes of media data. Default 1000. */
  mediaBytes?: number;
  /** The index after the media data, as cameras write it. Default true. */
  indexLast?: boolean;
}

/** A minimal MP4: ftyp, mdat, and moov with one video track. */
export function makeMp4(options: Mp4Options = {}): Buffer {
  const {
    createdAt = new Date("2025-06-15T12:30:00Z"),
    place,
    mediaBytes = 1000,
    indexLast = true,
  } = options;
  const media = box("mdat", Buffer.alloc(mediaBytes, 0x5a));
  const header = Buffer.alloc(100);
  header.writeUInt32BE(createdAt === null ? 0 : createdAt.getTime() / 1000 + 2_082_844_800, 4);
  header.writeUInt32BE(1000, 12);
  header.writeUInt32BE(2500, 16);
  const parts = [box("mvhd", header), videoTrack(options)];
  if (place !== undefined) {
    const field = Buffer.from(`\0\0\x15\xc7${place}`, "latin1");
    field.writeUInt16BE(place.length, 0);
    parts.push(box("udta", box("\u00a9xyz", field)));
  }
  const moov = box("moov", ...parts);
  const start = box("ftyp", Buffer.from("mp42\0\0\0\0isommp42", "latin1"));
  return Buffer.concat(indexLast ? [start, media, moov] : [start, moov, media]);
}

function videoTrack({ width = 1280, height = 720, rotation = 0 }: Mp4Options): Buffer {
  const header = Buffer.alloc(84);
  const [cos, sin] = [Math.cos((rotation * Math.PI) / 180), Math.sin((rotation * Math.PI) / 180)];
  for (const [at, value] of [
    [40, cos],
    [44, sin],
    [52, -sin],
    [56, cos],
  ] as const) {
    header.writeInt32BE(Math.round(value * 65_536), at);
  }
  header.writeUInt32BE(width * 65_536, 76);
  header.writeUInt32BE(height * 65_536, 80);
  const handler = Buffer.alloc(24);
  handler.write("vide", 8, "latin1");
  return box("trak", box("tkhd", header), box("mdia", box("hdlr", handler)));
}

/** One ISO media box; tests make odd ones with it. */
export function box(type: string, ...content: Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 4, "latin1");
  const whole = Buffer.concat([head, ...content]);
  whole.writeUInt32BE(whole.length, 0);
  return whole;
}

/** What a test's DNG says of itself. */
export interface DngOptions {
  /** Default 60. */
  width?: number;
  /** Default 40. */
  height?: number;
  make?: string;
  /** False leaves out DNGVersion: then it is just a TIFF. Default true. */
  dng?: boolean;
  /** Where the next directory stands; its own offset, 8, makes a loop. Default 0, none. */
  nextDirectory?: number;
}

/** A minimal little-endian DNG: one directory, one strip of 16-bit samples. */
export function makeDng(options: DngOptions = {}): Buffer {
  const { width = 60, height = 40, make = "RaspberryPi", dng = true, nextDirectory = 0 } = options;
  const text = Buffer.from(`${make}\0`, "latin1");
  const dataBytes = width * height * 2;
  const entries = dng ? 6 : 5;
  const textAt = 8 + 2 + entries * 12 + 4;
  const head = Buffer.alloc(textAt);
  head.write("II*\0", 0, "latin1");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries, 8);
  let at = 10;
  const entry = (tag: number, type: number, count: number, value: number) => {
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(count, at + 4);
    head.writeUInt32LE(value, at + 8);
    at += 12;
  };
  entry(256, 4, 1, width);
  entry(257, 4, 1, height);
  entry(271, 2, text.length, textAt);
  entry(273, 4, 1, textAt + text.length);
  entry(279, 4, 1, dataBytes);
  if (dng) entry(50706, 1, 4, 0x0000_0401);
  head.writeUInt32LE(nextDirectory, at);
  return Buffer.concat([head, text, Buffer.alloc(dataBytes, 0x33)]);
}
