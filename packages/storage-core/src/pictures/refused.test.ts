import { isPilabError } from "@pilab/schema";
import { box, makeDng, makeJpeg, makeMp4, makePng, truncated } from "@pilab/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { inspectCapture } from "./inspect.ts";

const small = { width: 48, height: 32 };

const look = (bytes: Uint8Array, fileName = "frame") => inspectCapture({ bytes }, { fileName });

async function refusal(bytes: Uint8Array, options = { fileName: "frame.jpg" }): Promise<string> {
  const error = await inspectCapture({ bytes }, options).then(
    () => new Error("was accepted"),
    (reason: unknown) => reason,
  );
  if (!isPilabError(error)) throw error;
  return `${error.code}: ${error.message}`;
}

describe("what is refused, and in which words", () => {
  let jpeg: Buffer;
  beforeAll(async () => {
    jpeg = await makeJpeg(small);
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
