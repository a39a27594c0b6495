import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { makeDng, makeMp4, makePng, makeWebp, truncated } from "@pilab/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { UploadItem, UploadOutcome } from "../src/index.ts";
import { type Project, startProject } from "./start-project.ts";

vi.setConfig({ testTimeout: 30_000 });

let project: Project;
beforeAll(async () => {
  project = await startProject();
}, 120_000);
afterAll(() => project?.stop());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function collect(outcomes: AsyncIterable<UploadOutcome>): Promise<UploadOutcome[]> {
  const collected: UploadOutcome[] = [];
  for await (const outcome of outcomes) collected.push(outcome);
  return collected;
}

describe("captures.uploadAndLog", () => {
  test("brings a file to the server, verified and catalogued with what the picture says of itself", async () => {
    const { pilab, slug, id } = await project.device();
    const bytes = await project.picture("2026:03:09 14:15:02");
    const path = await project.file("frame.jpg", bytes);
    const outcome = await pilab.captures.uploadAndLog(path, {
      shotType: "timelapse",
      series: "dish 7",
      metadata: { tray: 3 },
    });
    const hash = sha256(bytes);
    const objectPath = `${slug}/2026/03/09/141502-${hash.slice(0, 12)}.jpg`;
    expect(outcome).toMatchObject({
      file: path,
      outcome: "uploaded",
      sizeBytes: bytes.length,
      sha256: hash,
      objectPath,
      verifiedBy: "etag",
      capturedAt: new Date("2026-03-09T14:15:02Z"),
      capturedAtSource: "exif",
    });
    const capture = await pilab.captures.get(outcome.captureId as string);
    expect(capture).toMatchObject({
      object_path: objectPath,
      file_name: "frame.jpg",
      sha256: hash,
      size_bytes: bytes.length,
      content_type: "image/jpeg",
      device_id: id,
      series: "dish 7",
      shot_type: "timelapse",
      width: 64,
      height: 48,
      measures_source: "pilab",
      metadata: { tray: 3 },
      thumbnail_path: `${objectPath}.webp`,
    });
    expect(capture.brightness).toBeGreaterThan(0);
    expect(await pilab.captures.download(capture)).toEqual(bytes);
    expect(await pilab.captures.exists(hash)).toBe(true);
  });

  test("writes into each object what is needed to adopt it without its row", async () => {
    const { pilab, slug } = await project.device();
    const bytes = await project.picture();
    const { objectPath } = await pilab.captures.uploadAndLog(bytes, { series: "s", shotType: "t" });
    const { rows } = await project.supabase.sql.transaction((tx) =>
      tx.query("select user_metadata, metadata->>'mimetype' as type from storage.objects where name = $1", [
        objectPath,
      ]),
    );
    expect(rows).toEqual([
      {
        type: "image/jpeg",
        user_metadata: {
          v: 1,
          sha256: sha256(bytes),
          captured_at: "2026-03-09T14:15:02.000Z",
          source: "exif",
          series: "s",
          shot_type: "t",
          device: slug,
        },
      },
    ]);
  });

  test("takes bytes and streams, and what the caller knows before what the picture says", async () => {
    const { pilab } = await project.device();
    const fromBytes = await pilab.captures.uploadAndLog(await project.picture(), {
      fileName: "bytes.jpg",
      capturedAt: "2026-01-02T03:04:05Z",
      metrics: { brightness: 0.25, sharpness: 0.5 },
    });
    expect(fromBytes).toMatchObject({ file: "bytes.jpg", outcome: "uploaded", capturedAtSource: "caller" });
    expect(await pilab.captures.get(fromBytes.captureId as string)).toMatchObject({
      captured_at: "2026-01-02T03:04:05+00:00",
      brightness: 0.25,
      sharpness: 0.5,
      contrast: null,
      measures_source: "caller",
    });
    const stream = Readable.from([await project.picture()]);
    expect(await pilab.captures.uploadAndLog(stream)).toMatchObject({
      outcome: "uploaded",
      verifiedBy: "etag",
    });
  });

  test("sends a second upload of the same file to nobody: a duplicate", async () => {
    const { pilab } = await project.device();
    const path = await project.file("again.jpg", await project.picture());
    const first = await pilab.captures.uploadAndLog(path);
    project.proxy.reset();
    expect(await pilab.captures.uploadAndLog(path)).toMatchObject({
      outcome: "duplicate",
      captureId: first.captureId,
      objectPath: first.objectPath,
    });
    expect(project.proxy.requests.filter(({ path: url }) => url.includes("/object/"))).toEqual([]);
  });

  test("counts a repeat for the same bytes taken later", async () => {
    const { pilab } = await project.device();
    const bytes = await project.picture();
    const first = await pilab.captures.uploadAndLog(bytes, { capturedAt: "2026-01-01T00:00:00Z" });
    const again = { capturedAt: "2026-01-01T00:01:00Z" };
    expect(await pilab.captures.uploadAndLog(bytes, again)).toMatchObject({ outcome: "repeated" });
    expect(await pilab.captures.uploadAndLog(bytes, again)).toMatchObject({ outcome: "duplicate" });
    expect(await pilab.captures.get(first.captureId as string)).toMatchObject({ repeat_count: 1 });
  });

  test("keeps identical bytes of two devices apart", async () => {
    const [one, two] = [await project.device(), await project.device()];
    const bytes = await project.picture();
    const first = await one.pilab.captures.uploadAndLog(bytes);
    const second = await two.pilab.captures.uploadAndLog(bytes);
    expect([first.outcome, second.outcome]).toEqual(["uploaded", "uploaded"]);
    expect(second.captureId).not.toBe(first.captureId);
  });

  test("sends a file above 6 MiB in chunks, verified, with bytes and type intact", async () => {
    const { pilab } = await project.device();
    const bytes = makeMp4({ mediaBytes: 13 * 1024 * 1024 });
    const path = await project.file("long.mp4", bytes);
    project.proxy.reset();
    const outcome = await pilab.captures.uploadAndLog(path);
    expect(outcome).toMatchObject({ outcome: "uploaded", sizeBytes: bytes.length, verifiedBy: "etag" });
    const capture = await pilab.captures.get(outcome.captureId as string);
    expect(capture.content_type).toBe("video/mp4");
    expect(sha256(await pilab.captures.download(capture))).toBe(sha256(bytes));
    const patches = project.proxy.requests.filter(({ method }) => method === "PATCH");
    expect(patches.map(({ headers }) => headers["upload-offset"])).toEqual(["0", "6291456", "12582912"]);
  });

  test("sends bytes and streams above 6 MiB in chunks too", async () => {
    const { pilab } = await project.device();
    const bytes = makeMp4({ mediaBytes: 7 * 1024 * 1024, createdAt: new Date("2026-01-01T00:00:00Z") });
    const streamed = makeMp4({ mediaBytes: 7 * 1024 * 1024, createdAt: new Date("2026-01-01T00:00:01Z") });
    project.proxy.reset();
    const outcomes = [
      await pilab.captures.uploadAndLog(bytes),
      await pilab.captures.uploadAndLog(
        Readable.from([streamed.subarray(0, 5_000_000), streamed.subarray(5_000_000)]),
      ),
    ];
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ outcome: "uploaded", verifiedBy: "etag" });
    expect(project.proxy.requests.filter(({ method }) => method === "PATCH")).toHaveLength(4);
  });

  test("refuses what cannot be catalogued before it is sent, and no other file of the run suffers", async () => {
    const { pilab } = await project.device();
    const outcomes = await collect(
      pilab.captures.uploadMany(
        [
          { source: await project.picture(), fileName: "nul.jpg", metadata: { note: "a\u0000b" } },
          { source: await project.picture(), fileName: "cut.jpg", metadata: { note: "🌱".slice(0, 1) } },
          { source: await project.picture(), fileName: "name\u0000.jpg" },
          { source: await project.picture(), fileName: "long.jpg", series: "s".repeat(201) },
          {
            source: await project.picture(),
            fileName: "good.jpg",
            metadata: { note: "a\\\\u0000b, written out 🌱" },
          },
        ],
        { failFastThreshold: 1 },
      ),
    );
    const byName = Object.fromEntries(
      outcomes.map(({ file, outcome, error }) => [file, [outcome, error?.code]]),
    );
    expect(byName).toEqual({
      "nul.jpg": ["failed", "invalid_input"],
      "cut.jpg": ["failed", "invalid_input"],
      "name\u0000.jpg": ["failed", "invalid_input"],
      "long.jpg": ["failed", "invalid_input"],
      "good.jpg": ["uploaded", undefined],
    });
    expect(outcomes.find(({ file }) => file === "nul.jpg")?.reason).toBe(
      "nul.jpg cannot be catalogued: a text in it holds a NUL or half of a character",
    );
  });

  test("uploads for a device that the service key names, and for none that it does not", async () => {
    const { slug, id } = await project.device();
    const { service } = project;
    expect(await service.captures.uploadAndLog(await project.picture(), { device: slug })).toMatchObject({
      outcome: "uploaded",
      objectPath: expect.stringMatching(`^${slug}/`),
    });
    expect(await service.captures.uploadAndLog(await project.picture(), { device: id })).toMatchObject({
      outcome: "uploaded",
    });
    await expect(service.captures.uploadAndLog(await project.picture())).rejects.toMatchObject({
      code: "invalid_input",
      message: "With the service key an upload must name its device",
    });
    await expect(
      service.captures.uploadAndLog(await project.picture(), { device: "pi-x" }),
    ).rejects.toMatchObject({
      code: "not_found",
      message: 'There is no device "pi-x"',
    });
  });

  test("refuses what is no capture, with the reason", async () => {
    const { pilab } = await project.device();
    const picture = await project.picture();
    await expect(
      pilab.captures.uploadAndLog(Buffer.alloc(0), { fileName: "zero.jpg" }),
    ).rejects.toMatchObject({
      code: "file_empty",
    });
    await expect(
      pilab.captures.uploadAndLog(truncated(picture), { fileName: "cut.jpg" }),
    ).rejects.toMatchObject({
      code: "file_truncated",
    });
    await expect(pilab.captures.uploadAndLog(Buffer.from("hello, this is text"))).rejects.toMatchObject({
      code: "not_a_capture",
    });
  });
});

test("a client that is only made sends nothing, and signs in once when it is used", async () => {
  const { pilab } = await project.device();
  project.proxy.reset();
  await new Promise((resolve) => setImmediate(resolve));
  expect(project.proxy.requests).toEqual([]);
  await Promise.all([pilab.captures.list(), pilab.captures.list()]);
  expect(project.proxy.requests.filter(({ path }) => path.includes("/token"))).toHaveLength(1);
});

describe("captures.uploadMany", () => {
  test("reports every file once, whatever it is, and says what the run came to", async () => {
    const { pilab } = await project.device();
    const good = await Promise.all(
      ["a", "b", "c"].map(async (name) => project.file(`${name}.jpg`, await project.picture())),
    );
    const items: UploadItem[] = [
      ...good,
      await project.file("d.png", await makePng({ width: 32, height: 32, seed: 100 })),
      await project.file("e.webp", await makeWebp({ width: 32, height: 32, seed: 101 })),
      await project.file("f.dng", makeDng()),
      await project.file("zero.jpg", Buffer.alloc(0)),
      await project.file("cut.jpg", truncated(await project.picture())),
      { source: await project.picture(), fileName: "from-memory.jpg", series: "own" },
      `${project.folder}/missing.jpg`,
    ];
    const progress: number[] = [];
    const run = pilab.captures.uploadMany(items, {
      series: "run",
      onProgress: ({ filesDone }) => progress.push(filesDone),
    });
    const outcomes = await collect(run);
    const byName = Object.fromEntries(outcomes.map(({ file, outcome }) => [file.split("/").at(-1), outcome]));
    expect(byName).toEqual({
      "a.jpg": "uploaded",
      "b.jpg": "uploaded",
      "c.jpg": "uploaded",
      "d.png": "uploaded",
      "e.webp": "uploaded",
      "f.dng": "uploaded",
      "zero.jpg": "quarantined",
      "cut.jpg": "quarantined",
      "from-memory.jpg": "uploaded",
      "missing.jpg": "failed",
    });
    expect(run.summary()).toMatchObject({
      files: 10,
      counts: { uploaded: 7, quarantined: 2, failed: 1 },
      ending: "partly_done",
      restFiles: 0,
    });
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const own = outcomes.find(({ file }) => file === "from-memory.jpg");
    expect(await pilab.captures.get(own?.captureId as string)).toMatchObject({ series: "own" });
  });

  test("sends identical files once, however many come at once", async () => {
    const { pilab } = await project.device();
    const bytes = await project.picture();
    const items = Array.from({ length: 20 }, (_, index) => ({
      source: bytes,
      fileName: `copy-${index}.jpg`,
    }));
    project.proxy.reset();
    const outcomes = await collect(pilab.captures.uploadMany(items));
    expect(outcomes.filter(({ outcome }) => outcome === "uploaded")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "duplicate")).toHaveLength(19);
    const uploads = project.proxy.requests.filter(({ path }) =>
      path.startsWith("/storage/v1/object/pilab-dev/"),
    );
    expect(uploads).toHaveLength(1);
  });

  test.each([
    ["before its bytes are sent", /\/object\/pilab-dev\//],
    ["before its row is written", /log_captures/],
  ])("counts a file once that two processes bring at once, %s", async (_, path) => {
    const { pilab, credentials, id } = await project.device();
    const other = project.client(credentials);
    const bytes = await project.picture();
    const outcomes: string[] = [];
    const upload = async (client: typeof pilab) => {
      const { outcome, verifiedBy } = await client.captures.uploadAndLog(bytes, { fileName: "a.jpg" });
      outcomes.push(`${outcome} ${verifiedBy}`);
    };
    project.proxy.inject({ path, times: 1, fault: { kind: "meanwhile", run: () => upload(other) } });
    await upload(pilab);
    expect(outcomes).toEqual(["uploaded etag", "duplicate etag"]);
    expect((await pilab.captures.list({ deviceId: id })).captures).toHaveLength(1);
    project.proxy.reset();
  });

  test("asks, verifies and catalogues in batches, under one correlation id", async () => {
    const { pilab, id } = await project.device();
    const items = await Promise.all(Array.from({ length: 30 }, () => project.picture()));
    project.proxy.reset();
    const run = pilab.captures.uploadMany(items, { thumbnails: false, measures: false });
    expect(
      (await collect(run)).every(
        ({ outcome, verifiedBy }) => outcome === "uploaded" && verifiedBy === "etag",
      ),
    ).toBe(true);
    const calls = (name: string) =>
      project.proxy.requests.filter(({ path }) => path.endsWith(`/rpc/${name}`)).length;
    expect(calls("known_captures")).toBeLessThanOrEqual(8);
    expect(calls("stored_objects")).toBeLessThanOrEqual(8);
    expect(calls("log_captures")).toBeLessThanOrEqual(8);
    const ids = new Set(project.proxy.requests.map(({ headers }) => headers["x-correlation-id"]));
    expect(ids.size).toBe(1);
    const { entries } = await project.service.audit.list({ correlationId: [...ids][0] as string });
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.every(({ action, device_id }) => action === "captures.logged" && device_id === id)).toBe(
      true,
    );
  });

  test("leaves a file above MAX_FILE_SIZE where it is and says so", async () => {
    const { pilab } = await project.device({ maxFileSizeBytes: 1000 });
    const path = await project.file("huge.jpg", Buffer.alloc(1001, "x"));
    const [outcome] = await collect(pilab.captures.uploadMany([path]));
    expect(outcome).toMatchObject({
      outcome: "too_large",
      sizeBytes: 1001,
      reason: "huge.jpg has 1001 bytes, MAX_FILE_SIZE allows 1000",
    });
    expect(await readFile(path)).toHaveLength(1001);
  });

  test("a dry run sends and catalogues nothing, and says what would happen", async () => {
    const { pilab } = await project.device();
    const stored = await project.picture();
    await pilab.captures.uploadAndLog(stored);
    project.proxy.reset();
    const outcomes = await collect(
      pilab.captures.uploadMany([stored, await project.picture(), truncated(stored)], { dryRun: true }),
    );
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual([
      "duplicate",
      "quarantined",
      "uploaded",
    ]);
    const calls = project.proxy.requests.map(({ path }) => path);
    expect(calls.filter((path) => path.includes("/object/") || path.includes("log_captures"))).toEqual([]);
  });

  test("says trashed and purged instead of bringing back what was removed on purpose", async () => {
    const { pilab } = await project.device();
    const bytes = await project.picture();
    const { captureId } = await pilab.captures.uploadAndLog(bytes);
    await project.supabase.sql.transaction((tx) =>
      tx.query("update public.captures set deleted_at = now(), delete_reason = 'test' where id = $1", [
        captureId,
      ]),
    );
    expect(await pilab.captures.uploadAndLog(bytes)).toMatchObject({
      outcome: "trashed",
      captureId,
      reason: "the capture is in the trash; an operator can restore it",
    });
    expect(await pilab.captures.exists(sha256(bytes))).toBe(false);
  });

  test("brings a lost object back onto its row", async () => {
    const { pilab } = await project.device();
    const bytes = await project.picture();
    const first = await pilab.captures.uploadAndLog(bytes);
    const removed = await fetch(`${project.supabase.url}/storage/v1/object/pilab-dev/${first.objectPath}`, {
      method: "DELETE",
      headers: {
        authorization: `Bearer ${project.supabase.serviceRoleKey}`,
        apikey: project.supabase.serviceRoleKey,
      },
    });
    expect(removed.status).toBe(200);
    expect(await pilab.captures.uploadAndLog(bytes)).toMatchObject({
      outcome: "uploaded",
      captureId: first.captureId,
      objectPath: first.objectPath,
      verifiedBy: "etag",
    });
  });

  test("stops when its reader leaves, and when its signal aborts", async () => {
    const { pilab } = await project.device();
    const pictures = await Promise.all(Array.from({ length: 6 }, () => project.picture()));
    async function* slowly() {
      yield* pictures;
      await new Promise(() => {}); // a camera that waits for its next frame
    }
    for await (const outcome of pilab.captures.uploadMany(slowly())) {
      expect(outcome.outcome).toBe("uploaded");
      break;
    }
    const abort = new AbortController();
    const run = pilab.captures.uploadMany(slowly(), { signal: abort.signal });
    const seen: string[] = [];
    for await (const { outcome } of run) {
      seen.push(outcome);
      if (seen.length === pictures.length) abort.abort();
    }
    expect(seen).toHaveLength(pictures.length);
    expect(run.summary().ending).toBe("aborted");
  });
});
