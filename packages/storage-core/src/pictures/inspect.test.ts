import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeDng, makeJpeg, makeMp4, makePng, makeWebp } from "@pilab/testing";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
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

const look = (bytes: Uint8Array, fileName = "frame") => inspectCapture({ bytes }, { fileName });

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
