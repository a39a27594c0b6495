import { makeJpeg } from "@pilab/testing";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { inspectCapture } from "./inspect.ts";

const picture = { width: 640, height: 480 };

/** A JPEG whose EXIF says how it is turned and carries a preview, as cameras write it. */
function withPreview(
  jpeg: Buffer,
  preview: Buffer,
  { orientation = 1, length = preview.length } = {},
): Buffer {
  const head = Buffer.alloc(56);
  head.write("II*\0", "latin1");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(1, 8); // the picture's directory: its orientation
  entry(head, 10, 0x0112, 3, orientation);
  head.writeUInt32LE(26, 22);
  head.writeUInt16LE(2, 26); // the preview's
  entry(head, 28, 0x0201, 4, head.length);
  entry(head, 40, 0x0202, 4, length);
  const body = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), head, preview]);
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xffe1, 0);
  segment.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, body, jpeg.subarray(2)]);
}

function entry(at: Buffer, offset: number, tag: number, type: number, value: number): void {
  at.writeUInt16LE(tag, offset);
  at.writeUInt16LE(type, offset + 2);
  at.writeUInt32LE(1, offset + 4);
  at.writeUInt32LE(value, offset + 8);
}

/** Dark, with one corner light: where that corner is shown tells how it was turned. */
async function marked(width: number, height: number): Promise<Buffer> {
  const light = await sharp({
    create: { width: width / 2, height: height / 2, channels: 3, background: "#eee" },
  })
    .png()
    .toBuffer();
  return await sharp({ create: { width, height, channels: 3, background: "#111" } })
    .composite([{ input: light, left: 0, top: 0 }])
    .jpeg({ quality: 90 })
    .toBuffer();
}

async function look(bytes: Buffer) {
  const { thumbnail } = await inspectCapture({ bytes }, { fileName: "frame.jpg" });
  if (thumbnail === null) throw new Error("there is no thumbnail");
  const { data, info } = await sharp(thumbnail).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) =>
    (data[
      (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
    ] as number) > 128;
  const corners = [at(0.2, 0.2), at(0.8, 0.2), at(0.2, 0.8), at(0.8, 0.8)].map((isLight) =>
    isLight ? "x" : ".",
  );
  return `${info.width}x${info.height} ${corners.join("")}`;
}

const plain = () =>
  sharp({ create: { ...picture, channels: 3, background: "#111" } })
    .jpeg()
    .toBuffer();

describe("a picture's own preview", () => {
  it("becomes its thumbnail", async () => {
    expect(await look(withPreview(await plain(), await marked(320, 240)))).toBe("320x240 x...");
    expect(await look(withPreview(await plain(), await marked(160, 120)))).toBe("160x120 x...");
  });

  it.each([
    [1, "160x120", "x..."],
    [2, "160x120", ".x.."],
    [3, "160x120", "...x"],
    [4, "160x120", "..x."],
    [5, "120x160", "x..."],
    [6, "120x160", ".x.."],
    [7, "120x160", "...x"],
    [8, "120x160", "..x."],
  ])("is turned as the picture's orientation %i says", async (orientation, size, corners) => {
    const bytes = withPreview(await plain(), await marked(160, 120), { orientation });
    expect(await look(bytes)).toBe(`${size} ${corners}`);
  });

  it.each([
    ["smaller than 160 px", () => marked(158, 118)],
    ["of other proportions", () => marked(320, 214)],
    ["cut off", async () => (await marked(160, 120)).subarray(0, -2)],
    ["no JPEG", async () => Buffer.alloc(2000, 7)],
  ])("is passed over when it is %s: the picture itself is shown", async (_, preview) => {
    expect(await look(withPreview(await plain(), await preview()))).toBe("320x240 ....");
  });

  it("is passed over when its data are damaged, or reach outside", async () => {
    const damaged = Buffer.concat([(await marked(160, 120)).subarray(0, -80), Buffer.from([0xff, 0xd9])]);
    expect(await look(withPreview(await plain(), damaged))).toBe("320x240 ....");
    const outside = withPreview(await plain(), await marked(160, 120), { length: 60_000 });
    expect(await look(outside)).toBe("320x240 ....");
  });

  it("leaves the measures to the picture itself", async () => {
    const bytes = await makeJpeg({ ...picture, seed: 3 });
    const [bare, carrying] = await Promise.all(
      [bytes, withPreview(bytes, await marked(160, 120))].map((one) =>
        inspectCapture({ bytes: one }, { fileName: "frame.jpg" }),
      ),
    );
    expect(carrying?.measures).toEqual(bare?.measures);
    expect(carrying?.notes).toEqual([]);
  });
});
