import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { chooseCapturedAt, inspectCapture } from "./index.ts";

// Real camera files, kept beside the repository: see the manifest's own column for where each comes from.
const folder = fileURLToPath(new URL("../../../../../shared/samples/", import.meta.url));
const manifest = `${folder}manifest.tsv`;
const now = new Date("2026-12-01T00:00:00Z");

interface Sample {
  file: string;
  bytes: number;
  make: string;
  model: string;
  takenAt: string;
  orientation: string;
  size: string;
  gps: string;
  decode: string;
  notes: string;
}

function readManifest(): Sample[] {
  const [head = "", ...rows] = readFileSync(manifest, "utf8").trimEnd().split("\n");
  const names = head.split("\t");
  return rows.map((row) => {
    const cell = (name: string) => row.split("\t")[names.indexOf(name)]?.trim() ?? "";
    return {
      file: cell("file"),
      bytes: Number(cell("bytes")),
      make: cell("make"),
      model: cell("model"),
      takenAt: cell("DateTimeOriginal"),
      orientation: cell("orientation"),
      size: cell("width_x_height"),
      gps: cell("gps"),
      decode: cell("decode"),
      notes: cell("notes"),
    };
  });
}

const inspect = (file: string) => {
  const path = folder + file;
  return inspectCapture({ path, sizeBytes: statSync(path).size }, { fileName: file });
};

const title = existsSync(manifest) ? "real camera files" : `real camera files (skipped: no ${manifest})`;

describe.skipIf(!existsSync(manifest))(title, () => {
  const samples = existsSync(manifest) ? readManifest() : [];
  const good = samples.filter(({ decode }) => !decode.startsWith("fails"));
  const bad = samples.filter(({ decode }) => decode.startsWith("fails"));

  it.each(good)("$file: camera, size, place, orientation and date are the manifest's", async (sample) => {
    const found = await inspect(sample.file);
    expect(`${found.width}x${found.height}`).toBe(sample.size);
    expect({ make: found.exif.make ?? "", model: found.exif.model ?? "" }).toEqual({
      make: sample.make,
      model: sample.model,
    });
    if (sample.orientation !== "") expect(found.exif.orientation).toBe(Number(sample.orientation));
    if (sample.takenAt !== "") expect(found.takenAt?.text.slice(0, 19)).toBe(sample.takenAt);
    const { lat, lon } = found.exif.gps ?? {};
    expect(lat === undefined ? "" : `${lat.toFixed(4)},${lon?.toFixed(4)}`).toBe(sample.gps);
    expect(JSON.stringify(found.exif).length).toBeLessThan(1024);
    if (found.contentType.startsWith("image/") && found.extension !== "dng") {
      expect(found.measures).not.toBeNull();
      expect(found.thumbnail?.length).toBeLessThanOrEqual(64 * 1024);
    }
  });

  it.each(bad)("$file is refused as cut off ($notes)", async ({ file }) => {
    await expect(inspect(file)).rejects.toMatchObject({
      code: "file_truncated",
      message: expect.stringContaining(file),
    });
  });

  it.each([
    ["pi-imx219-none.jpg", "Europe/London", "2019-04-25T22:34:18.000Z", "exif"],
    ["gps-iphone14pro-offset-progressive.jpg", "Europe/London", "2025-03-06T17:15:13.101Z", "exif"],
    ["bigexif-64k-nikon-z5.jpg", "Europe/London", "2022-11-06T08:57:09.740Z", "exif"],
    ["mp4-1080p-gps-0s2.mp4", "Europe/London", "2017-02-22T08:20:28.000Z", "exif"],
    ["mp4-540p-1s.mp4", "Europe/London", "2020-01-05T15:04:00.000Z", "exif"],
    ["date-zero-olympus.jpg", "UTC", "2026-11-01T00:00:00.000Z", "mtime"],
    ["date-2038-sigma-dp1-bigexif.jpg", "UTC", "2026-11-01T00:00:00.000Z", "mtime"],
    ["date-2099-gps-overflow.jpg", "UTC", "2026-11-01T00:00:00.000Z", "mtime"],
  ])("%s, from a device in %s, was taken at %s, by %s", async (fileName, timeZone, at, source) => {
    const { takenAt } = await inspect(fileName);
    const mtimeMs = Date.parse("2026-11-01T00:00:00Z");
    const found = chooseCapturedAt({ taken: takenAt, fileName, mtimeMs, timeZone, now });
    expect({ at: found.capturedAt.toISOString(), source: found.source }).toEqual({ at, source });
  });
});
