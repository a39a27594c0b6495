import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Capture, createPilabClient, type PilabClient } from "@pilab/storage-core";
import { startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDevice, uploader } from "./run-uploader.ts";

// Real camera files, kept beside the repository; the manifest says what each of them is.
const folder = fileURLToPath(new URL("../../../../shared/samples/", import.meta.url));
const manifest = `${folder}manifest.tsv`;
const present = existsSync(manifest);
const title = present ? "real camera files" : `real camera files (skipped: no ${manifest})`;

function readManifest(): Record<string, string>[] {
  const [head = "", ...rows] = readFileSync(manifest, "utf8").trimEnd().split("\n");
  const names = head.split("\t");
  return rows.map((row) => Object.fromEntries(row.split("\t").map((cell, i) => [names[i], cell.trim()])));
}

describe.skipIf(!present)(title, { timeout: 120_000 }, () => {
  const samples = present ? readManifest() : [];
  const good = samples.filter(({ decode }) => !decode?.startsWith("fails"));
  const bad = samples.filter(({ decode }) => decode?.startsWith("fails"));
  let server: TestSupabase;
  let env: Record<string, string>;
  let reader: PilabClient;
  let first: Awaited<ReturnType<typeof uploader>>;
  let rows: Map<string, Capture>;

  beforeAll(async () => {
    server = await startTestSupabase();
    env = await makeDevice(server, "samples");
    first = await uploader(["upload", folder], env);
    reader = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
    const { captures } = await reader.captures.list({ limit: 1000 });
    rows = new Map(captures.map((capture) => [capture.file_name, capture]));
  }, 120_000);

  afterAll(async () => {
    await reader?.close();
    await server?.stop();
  });

  it("uploads every good one, and quarantines the damaged ones with their reason", () => {
    expect(first.stdout).toContain(`\n${good.length} uploaded (`);
    expect(first.stdout).toContain(`, ${bad.length} quarantined, 0 failed`);
    for (const { file } of bad)
      expect(first.stdout).toMatch(new RegExp(`quarantined {2}\\S*${file} is cut off: `));
    expect(first.code).toBe(3);
    expect([...rows.keys()].sort()).toEqual(good.map(({ file }) => file).sort());
  });

  it.each(good)(
    "$file: the server holds its bytes, and the catalogue its camera, size and date",
    async (sample) => {
      const row = rows.get(sample.file as string) as Capture;
      const bytes = await reader.captures.download(row);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(sample.sha256);
      expect({ sha256: row.sha256, bytes: row.size_bytes }).toEqual({
        sha256: sample.sha256,
        bytes: Number(sample.bytes),
      });
      expect(`${row.width}x${row.height}`).toBe(sample.width_x_height);
      const exif = row.exif as { make?: string; model?: string; takenAt?: string };
      expect([exif.make ?? "", exif.model ?? ""]).toEqual([sample.make, sample.model]);
      if (sample.DateTimeOriginal) expect(exif.takenAt?.slice(0, 19)).toBe(sample.DateTimeOriginal);
      expect(row.captured_at_source).toBe(expectedSource(sample));
      expect(row.captured_at_trusted).toBe(row.captured_at_source === "exif");
      if (row.content_type.startsWith("image/") && !sample.file?.endsWith(".dng")) {
        expect(row.thumbnail_path).toBe(`${row.object_path}.webp`);
        expect(row.sharpness).toBeGreaterThanOrEqual(0);
      }
    },
  );

  it("uploads nothing in a second run", async () => {
    const second = await uploader(["upload", folder], env);
    expect(second.stdout).toContain(
      `\n0 uploaded (0 B), ${good.length} duplicates, ${bad.length} quarantined, 0 failed`,
    );
    const { captures } = await reader.captures.list({ limit: 1000 });
    expect(captures.map((capture) => capture.repeat_count)).toEqual(good.map(() => 0));
  });
});

/** The wrong dates (zeros, 2038, 2099) and the files that carry none fall back to the file's own time. */
function expectedSource({ DateTimeOriginal = "", notes = "", file = "" }: Record<string, string>): string {
  // Their EXIF has the time of the last change alone, which counts when there is no better one.
  if (["bad-exif-ifd-loop.jpg", "cmyk-small.jpg"].includes(file)) return "exif";
  if (/wrong date|year 2099/.test(notes)) return "mtime";
  return DateTimeOriginal !== "" || file.endsWith(".mp4") ? "exif" : "mtime";
}
