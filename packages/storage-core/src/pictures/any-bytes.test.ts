import { isPilabError } from "@pilab/schema";
import { makeDng, makeJpeg, makeMp4, makePng, makeWebp } from "@pilab/testing";
import fc from "fast-check";
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
