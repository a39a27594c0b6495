import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isPilabError } from "@pilab/schema";
import { box, makeDng, makeJpeg, makeMp4, makePng, makeWebp, truncated } from "@pilab/testing";
import fc from "fast-check";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { inspectCapture } from "./inspect.ts";

const exif = {
  make: " Raspberry Pi ",
  model: "/base/soc/i2c0mux/i2c@1/imx477@1a",
  orientation: 6,
  takenAt: "2025:06:15 12:30:00",
  offset: "+02:00",
  subSec: "25",
  exposureTime: "1/60",
  fNumber: "18/10",
  iso: 200,
  focalLength: "474/100",
  gps: { lat: -51.5, lon: -0.12 },
};
const small = { width: 48, height: 32 };
const structureOnly = { fileName: "frame", measures: false, thumbnail: false };

const look = (bytes: Uint8Array, fileName = "frame") => inspectCapture({ bytes }, { fileName });

async function refusal(bytes: Uint8Array, options = { fileName: "frame.jpg" }): Promise<string> {
  const error = await inspectCapture({ bytes }, options).then(
    () => new Error("was accepted"),
    (reason: unknown) => reason,
  );
  if (!isPilabError(error)) throw error;
  return `${error.code}: ${error.message}`;
}

describe("what a picture says of itself", () => {
  const stored = { width: 640, height: 480 };
  it.each([
    ["JPEG", () => makeJpeg({ exif }), { contentType: "image/jpeg", extension: "jpg" }],
    [
      "progressive JPEG",
      () => makeJpeg({ exif, progressive: true }),
      { contentType: "image/jpeg", extension: "jpg" },
    ],
    ["PNG", () => makePng({ exif }), { contentType: "image/png", extension: "png" }],
    ["WebP", () => makeWebp({ exif }), { contentType: "image/webp", extension: "webp" }],
  ])("reads camera, exposure, place, time and stored size of a %s", async (_, make, type) => {
    expect(await look(await make())).toMatchObject({
      ...type,
      ...stored,
      exif: {
        make: "Raspberry Pi",
        model: "/base/soc/i2c0mux/i2c@1/imx477@1a",
        orientation: 6,
        exposureTimeS: 0.0166667,
        fNumber: 1.8,
        iso: 200,
        focalLengthMm: 4.74,
        gps: { lat: -51.5, lon: -0.12 },
        offset: "+02:00",
      },
      takenAt: { text: "2025:06:15 12:30:00.25", offsetMinutes: 120 },
      measures: { source: "pilab", version: "1" },
      notes: [],
    });
  });

  it("reads a video's size, turn, length, place and UTC time, and measures nothing", async () => {
    const video = makeMp4({ rotation: 90, place: "+51.4169-000.0806+012.5/" });
    expect(await look(video)).toEqual({
      contentType: "video/mp4",
      extension: "mp4",
      width: 1280,
      height: 720,
      exif: { durationS: 2.5, rotation: 90, gps: { lat: 51.4169, lon: -0.0806, alt: 12.5 } },
      takenAt: { text: "2025-06-15T12:30:00", offsetMinutes: 0 },
      measures: null,
      thumbnail: null,
      notes: [],
    });
  });

  it("gives no time for a video whose camera had no clock", async () => {
    expect(await look(makeMp4({ createdAt: null }))).toMatchObject({ takenAt: null });
  });

  it("reads a DNG's size and camera, and measures nothing", async () => {
    expect(await look(makeDng())).toMatchObject({
      contentType: "image/x-adobe-dng",
      extension: "dng",
      ...{ width: 60, height: 40 },
      exif: { make: "RaspberryPi" },
      measures: null,
      thumbnail: null,
    });
  });

  it("goes by the bytes, whatever the name says", async () => {
    expect(await look(await makePng(small), "frame.jpg")).toMatchObject({ extension: "png" });
  });

  it("reads a file on disk as it reads bytes", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pilab-pictures-"));
    try {
      for (const bytes of [
        await makeJpeg({ exif }),
        await makePng({ exif }),
        await makeWebp({ exif }),
        makeMp4(),
        makeDng(),
      ]) {
        const path = join(folder, "frame");
        await writeFile(path, bytes);
        expect(await inspectCapture({ path, sizeBytes: bytes.length }, { fileName: "frame" })).toEqual(
          await look(bytes),
        );
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("measures and thumbnail", () => {
  const flat = (light: number) =>
    sharp({ create: { width: 600, height: 400, channels: 3, background: { r: light, g: light, b: light } } })
      .png()
      .toBuffer();

  it.each([
    [0, 0],
    [255, 1],
    [128, 0.502],
  ])(
    "calls a flat picture of level %i brightness %f, with no contrast and no sharpness",
    async (level, brightness) => {
      const { measures } = await look(await flat(level));
      expect(measures).toEqual({ brightness, contrast: 0, sharpness: 0, source: "pilab", version: "1" });
    },
  );

  it("finds a blurred picture less sharp, and a darker one less bright", async () => {
    const picture = await makePng({ noise: 0.3 });
    const plain = (await look(picture)).measures;
    const blurred = (await look(await sharp(picture).blur(4).png().toBuffer())).measures;
    const dark = (await look(await sharp(picture).linear(0.3).png().toBuffer())).measures;
    expect(blurred?.sharpness).toBeLessThan((plain?.sharpness ?? 0) / 2);
    expect(dark?.brightness).toBeLessThan((plain?.brightness ?? 0) / 2);
  });

  it.each([
    ["grey", (s: ReturnType<typeof sharp>) => s.greyscale().jpeg()],
    ["CMYK", (s: ReturnType<typeof sharp>) => s.toColourspace("cmyk").jpeg()],
    ["16-bit", (s: ReturnType<typeof sharp>) => s.toColourspace("rgb16").png()],
    ["transparent", (s: ReturnType<typeof sharp>) => s.ensureAlpha(0.5).png()],
  ])("measures a %s picture", async (_, change) => {
    const { measures, thumbnail } = await look(await change(sharp(await makePng())).toBuffer());
    expect(measures?.contrast).toBeGreaterThan(0.02);
    expect(thumbnail).not.toBeNull();
  });

  it("stores the size before orientation and turns the thumbnail upright", async () => {
    const { width, height, thumbnail } = await look(await makeJpeg({ exif: { orientation: 6 } }));
    expect({ width, height }).toEqual({ width: 640, height: 480 });
    expect(await sharp(thumbnail ?? undefined).metadata()).toMatchObject({
      format: "webp",
      width: 240,
      height: 320,
    });
  });

  it("lowers a noisy thumbnail's quality until it fits 64 KiB", async () => {
    const { thumbnail } = await look(await makePng({ width: 320, height: 320, noise: 1 }));
    expect(thumbnail?.length).toBeLessThanOrEqual(64 * 1024);
    expect(thumbnail?.length).toBeGreaterThan(1024);
  });

  it("never enlarges", async () => {
    const { thumbnail } = await look(await makeJpeg(small));
    expect(await sharp(thumbnail ?? undefined).metadata()).toMatchObject(small);
  });

  it("leaves out what was not asked for", async () => {
    const bytes = await makeJpeg(small);
    const only = { fileName: "frame" };
    expect(await inspectCapture({ bytes }, { ...only, measures: false })).toMatchObject({
      measures: null,
      thumbnail: expect.anything(),
    });
    expect(await inspectCapture({ bytes }, { ...only, thumbnail: false })).toMatchObject({
      measures: expect.anything(),
      thumbnail: null,
    });
  });

  it.each(["jpeg", "png"] as const)(
    "takes a %s header of 65535 × 65535 without decoding it",
    async (kind) => {
      const bytes = kind === "jpeg" ? await makeJpeg(small) : await makePng(small);
      if (kind === "jpeg")
        bytes.fill(
          0xff,
          bytes.indexOf(Buffer.from([0xff, 0xc0])) + 5,
          bytes.indexOf(Buffer.from([0xff, 0xc0])) + 9,
        );
      else {
        bytes.writeUInt32BE(65_535, 16);
        bytes.writeUInt32BE(65_535, 20);
      }
      const before = process.memoryUsage().rss;
      expect(await look(bytes)).toMatchObject({
        width: 65_535,
        height: 65_535,
        measures: null,
        thumbnail: null,
        notes: ["65535 × 65535 is more than 100 megapixels: not decoded, no measures, no thumbnail"],
      });
      expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
    },
  );
});

describe("what is refused, and in which words", () => {
  let jpeg: Buffer;
  beforeAll(async () => {
    jpeg = await makeJpeg({ ...small, exif });
  });

  it("an empty file", async () => {
    expect(await refusal(Buffer.alloc(0))).toBe("file_empty: frame.jpg is empty (0 bytes)");
  });

  it.each([
    ["text", Buffer.from("hello, this is no picture\n"), "found text"],
    ["zeros", Buffer.alloc(5000), "found zero bytes, as a card leaves them when power fails"],
    ["a GIF", Buffer.from("GIF89a\x01\0\x01\0"), "found a GIF"],
    [
      "raw H.264",
      Buffer.from("\0\0\0\x01\x27\x64\0\x28", "latin1"),
      "found a raw H.264 or H.265 stream: wrap it as MP4 first",
    ],
    ["HEIC", box("ftyp", Buffer.from("heic\0\0\0\0mif1heicmp41")), 'found an ISO media file of brand "heic"'],
    ["QuickTime", box("ftyp", Buffer.from("qt  \0\0\0\0qt  ")), "found a QuickTime MOV"],
    ["a TIFF", makeDng({ dng: false }), "a TIFF that is not a DNG"],
    ["random bytes", Buffer.from("9f3c22e1a0", "hex"), "found bytes that begin with 9f3c22e1"],
    [
      "an MP4 without media data",
      Buffer.concat([makeMp4().subarray(0, 24), box("moov")]),
      "an MP4 without media data",
    ],
    [
      "a JPEG of segments alone",
      Buffer.from("ffd8ffe00004abcdffd9", "hex"),
      "a JPEG that ends with no image data",
    ],
  ])("%s", async (_, bytes, why) => {
    expect(await refusal(bytes)).toBe(`not_a_capture: frame.jpg is no picture or video: ${why}`);
  });

  it("a JPEG cut in its image data", async () => {
    const cut = truncated(jpeg, 0.9);
    expect(await refusal(cut)).toBe(
      `file_truncated: frame.jpg is cut off: the image data has no end in ${cut.length.toLocaleString("en-US")} bytes`,
    );
  });

  it("a JPEG cut in its image data and padded with zeros, as a preallocated file is", async () => {
    expect(await refusal(Buffer.concat([truncated(jpeg, 0.9), Buffer.alloc(4096)]))).toMatch(
      /^file_truncated: /,
    );
  });

  it("a JPEG cut, with the next picture written behind it", async () => {
    expect(await refusal(Buffer.concat([truncated(jpeg, 0.9), jpeg]))).toMatch(
      /another picture begins at byte \d+/,
    );
  });

  it("a JPEG whose EXIF thumbnail is whole but whose picture is cut", async () => {
    const inner = await makeJpeg({ width: 16, height: 16 });
    const app1 = Buffer.concat([Buffer.from("ffe10000", "hex"), Buffer.from("Exif\0\0"), inner]);
    app1.writeUInt16BE(app1.length - 2, 2);
    const bytes = Buffer.concat([jpeg.subarray(0, 2), app1, jpeg.subarray(2)]);
    expect(await look(bytes)).toMatchObject(small);
    expect(await refusal(truncated(bytes, 0.9))).toMatch(/^file_truncated: /);
  });

  it("a JPEG whose end marker is there but whose image data lack their second half", async () => {
    const whole = await makeJpeg();
    const hollow = Buffer.concat([truncated(whole, 0.5), Buffer.from([0xff, 0xd9])]);
    expect(await refusal(hollow)).toBe(
      "file_truncated: frame.jpg is cut off: Corrupt JPEG data: premature end of data segment",
    );
  });

  it("a PNG with damaged image data", async () => {
    const png = await makePng();
    png.fill(0x55, png.length >> 1, (png.length >> 1) + 64);
    expect(await refusal(png)).toMatch(
      /^not_a_capture: frame.jpg is no picture or video: its image data are damaged: /,
    );
  });

  it("an MP4 without an index, as an interrupted recording leaves it", async () => {
    const video = makeMp4();
    const cut = video.subarray(0, 24 + 1008);
    expect(await refusal(cut)).toBe(
      "file_truncated: frame.jpg is cut off: no index (moov) in 1,032 bytes: the recording was not finished",
    );
  });

  it("a file that cannot be read, by name", async () => {
    const input = { path: "/nonexistent/frame.jpg", sizeBytes: 10 };
    await expect(inspectCapture(input, { fileName: "frame.jpg" })).rejects.toMatchObject({
      code: "file_unreadable",
    });
  });

  it("an aborted inspection, with the signal's reason", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(inspectCapture({ bytes: jpeg }, { fileName: "f", signal })).rejects.toThrow("enough");
  });
});

describe("what is tolerated", () => {
  it("bytes behind a JPEG's end: padding, or the sensor data that raspistill --raw appends", async () => {
    const bytes = Buffer.concat([await makeJpeg(small), Buffer.from("BRCMo"), Buffer.alloc(24 * 1024)]);
    expect(await look(bytes)).toMatchObject(small);
  });

  it("an MP4 with a 64-bit box, and one whose last box reaches to the end", async () => {
    const video = makeMp4({ indexLast: false });
    const mediaAt = video.indexOf("mdat") - 4;
    const open = Buffer.from(video);
    open.writeUInt32BE(0, mediaAt);
    const wide = Buffer.concat([video.subarray(0, mediaAt), Buffer.alloc(16), video.subarray(mediaAt + 8)]);
    wide.writeUInt32BE(1, mediaAt);
    wide.write("mdat", mediaAt + 4);
    wide.writeBigUInt64BE(BigInt(wide.length - mediaAt), mediaAt + 8);
    for (const bytes of [video, open, wide]) expect(await look(bytes)).toMatchObject({ width: 1280 });
  });

  it("a DNG whose directories point back to themselves", async () => {
    expect(await look(makeDng({ nextDirectory: 8 }))).toMatchObject({ width: 60, height: 40 });
  });

  it("EXIF that is garbage, with a note", async () => {
    const app1 = Buffer.concat([
      Buffer.from("ffe10030", "hex"),
      Buffer.from("Exif\0\0"),
      Buffer.alloc(40, 0x99),
    ]);
    const jpeg = await makeJpeg(small);
    const found = await look(Buffer.concat([jpeg.subarray(0, 2), app1, jpeg.subarray(2)]));
    expect(found).toMatchObject({ ...small, exif: {}, takenAt: null });
    expect(found.notes).toEqual([expect.stringMatching(/^EXIF could not be read: /)]);
  });
});

describe("for any bytes", () => {
  const originals: Record<string, Buffer> = {
    mp4: makeMp4({ mediaBytes: 300 }),
    dng: makeDng({ width: 20, height: 10 }),
  };
  const known = ["file_empty", "file_truncated", "not_a_capture"];
  beforeAll(async () => {
    const tiny = { width: 24, height: 16, exif };
    originals.jpeg = await makeJpeg(tiny);
    originals.progressive = await makeJpeg({ ...tiny, progressive: true });
    originals.png = await makePng(tiny);
    originals.webp = await makeWebp(tiny);
  });

  it.each(["jpeg", "progressive", "png", "webp", "mp4", "dng"])(
    "every %s that lacks its last bytes is refused",
    async (kind) => {
      const bytes = originals[kind] as Buffer;
      expect(await inspectCapture({ bytes }, structureOnly)).toMatchObject({ width: expect.any(Number) });
      for (let length = 0; length < bytes.length; length += length < 200 ? 1 : 7) {
        expect(known, `${length} bytes`).toContain(
          (await refusal(bytes.subarray(0, length), structureOnly)).split(":")[0],
        );
      }
      expect(known).toContain((await refusal(bytes.subarray(0, -1), structureOnly)).split(":")[0]);
    },
  );

  it("changed bytes give an inspection with bounded values, or one of three codes", {
    timeout: 60_000,
  }, async () => {
    const change = fc.tuple(
      fc.integer({ min: 12, max: 9999 }),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
    );
    let accepted = 0;
    const kinds = fc.constantFrom("jpeg", "progressive", "png", "webp", "mp4", "dng");
    await fc.assert(
      fc.asyncProperty(kinds, fc.array(change, { minLength: 1, maxLength: 3 }), async (kind, changes) => {
        const bytes = Buffer.from(originals[kind] as Buffer);
        for (const [share, patch] of changes)
          bytes.set(
            patch.subarray(0, 1 + (bytes.length >> 12)),
            Math.floor((share / 10_000) * (bytes.length - 4)),
          );
        try {
          const { exif: values, notes } = await look(bytes);
          accepted += 1;
          expect(JSON.stringify({ values, notes }).length).toBeLessThan(16_384);
          expect(JSON.stringify(values)).not.toMatch(/\\u00[01]/);
        } catch (error) {
          expect(isPilabError(error) && known.includes(error.code), String(error)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
    expect(accepted).toBeGreaterThan(80); // else the changes are too rough to prove anything
  });
});
