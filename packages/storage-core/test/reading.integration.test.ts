import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Capture, PilabClient } from "../src/index.ts";
import { type Project, startProject } from "./start-project.ts";

vi.setConfig({ testTimeout: 30_000 });

let project: Project;
beforeAll(async () => {
  project = await startProject();
}, 120_000);
afterEach(() => project.proxy.reset());
afterAll(() => project?.stop());

const hour = (at: number) => new Date(Date.UTC(2026, 2, 9, at));

/** A device with captures of the hours 0 to `count` - 1, two series and two shot types by turns. */
async function deviceWith(count: number) {
  const made = await project.device();
  const items = await Promise.all(
    Array.from({ length: count }, async (_, at) => ({
      source: await project.picture(),
      fileName: `${at}.jpg`,
      capturedAt: hour(at),
      series: at % 2 === 0 ? "even" : "odd",
      shotType: at % 3 === 0 ? "macro" : "wide",
    })),
  );
  const run = made.pilab.captures.uploadMany(items);
  for await (const { outcome } of run) expect(outcome).toBe("uploaded");
  return { ...made, items };
}

const names = (captures: readonly Capture[]) =>
  captures.map(({ file_name }) => Number.parseInt(file_name, 10));

describe("captures.list and iterate", () => {
  test("give pages of any size, newest first, that fit together without gap or overlap", async () => {
    const { pilab } = await deviceWith(7);
    const all = [6, 5, 4, 3, 2, 1, 0];
    expect(names((await pilab.captures.list()).captures)).toEqual(all);
    for (const pageSize of [1, 2, 3, 7, 8]) {
      const seen: Capture[] = [];
      for await (const capture of pilab.captures.iterate({ pageSize })) seen.push(capture);
      expect(names(seen)).toEqual(all);
    }
  });

  test("lose nothing to a server that gives fewer rows a page than were asked for", async () => {
    const { pilab } = await deviceWith(5);
    const fewer = (body: Buffer) => JSON.stringify((JSON.parse(body.toString()) as unknown[]).slice(0, 2));
    project.proxy.inject({ path: /^\/rest\/v1\/captures\?/, fault: { kind: "rewrite", rewrite: fewer } });
    const seen: Capture[] = [];
    for await (const capture of pilab.captures.iterate()) seen.push(capture);
    project.proxy.reset();
    expect(names(seen)).toEqual([4, 3, 2, 1, 0]);
  });

  test("keep captures of the same instant apart at the border of a page", async () => {
    const { pilab } = await project.device();
    const at = hour(1);
    const items = await Promise.all(
      Array.from({ length: 5 }, async () => ({ source: await project.picture(), capturedAt: at })),
    );
    for await (const { outcome } of pilab.captures.uploadMany(items)) expect(outcome).toBe("uploaded");
    const seen = new Set<string>();
    for await (const { id } of pilab.captures.iterate({ pageSize: 2 })) seen.add(id);
    expect(seen.size).toBe(5);
  });

  test("filter by time, device, series and shot type", async () => {
    const { pilab, id, slug } = await deviceWith(6);
    const listed = async (filter: Parameters<PilabClient["captures"]["list"]>[0]) =>
      names((await pilab.captures.list(filter)).captures);
    expect(await listed({ from: hour(2), until: hour(4) })).toEqual([3, 2]);
    expect(await listed({ series: "even" })).toEqual([4, 2, 0]);
    expect(await listed({ shotType: "macro" })).toEqual([3, 0]);
    expect(await listed({ shotType: "macro", series: "odd", deviceId: id })).toEqual([3]);
    expect(await listed({ series: "no, such.series (or:other)" })).toEqual([]);
    const { captures } = await project.service.captures.list({ deviceId: id });
    expect(captures.every(({ object_path }) => object_path.startsWith(`${slug}/`))).toBe(true);
  });

  test("show the trash only when asked, and one device nothing of another", async () => {
    const { pilab } = await deviceWith(2);
    const [newest] = (await pilab.captures.list()).captures;
    await project.supabase.sql.transaction((tx) =>
      tx.query("update public.captures set deleted_at = now() where id = $1", [newest?.id]),
    );
    expect(names((await pilab.captures.list()).captures)).toEqual([0]);
    expect(names((await pilab.captures.list({ state: "trashed" })).captures)).toEqual([1]);
    expect(names((await pilab.captures.list({ state: "any" })).captures)).toEqual([1, 0]);
    const other = await project.device();
    expect((await other.pilab.captures.list({ state: "any" })).captures).toEqual([]);
    await expect(other.pilab.captures.get(newest?.id as string)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("captures.signedUrl", () => {
  test("lets anyone read the capture, its thumbnail, or save it under a name", async () => {
    const { pilab, items } = await deviceWith(1);
    const [capture] = (await pilab.captures.list()).captures as [Capture];
    const read = async (url: string) => {
      const answer = await fetch(url);
      return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
    };
    const picture = await read(await pilab.captures.signedUrl(capture));
    expect(picture.bytes).toEqual(items[0]?.source);
    const thumbnail = await read(
      await pilab.captures.signedUrl(capture, { thumbnail: true, expiresInS: 60 }),
    );
    expect(thumbnail.answer.headers.get("content-type")).toBe("image/webp");
    const saved = await read(await pilab.captures.signedUrl(capture, { downloadAs: "dish.jpg" }));
    expect(saved.answer.headers.get("content-disposition")).toContain("dish.jpg");
    await expect(
      pilab.captures.signedUrl({ ...capture, thumbnail_path: null }, { thumbnail: true }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("captures.download and exportTo", () => {
  const content = (path: string) => readFile(path, "utf8");
  const linesOf = async (path: string) =>
    (await content(path))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test("never give bytes that are not the catalogue's", async () => {
    const { pilab } = await deviceWith(1);
    const [capture] = (await pilab.captures.list()).captures as [Capture];
    project.proxy.inject({
      path: /\/object\/authenticated\//,
      fault: { kind: "rewrite", rewrite: (body) => body.subarray(1) },
    });
    await expect(pilab.captures.download(capture)).rejects.toMatchObject({
      code: "server_lied",
      message: expect.stringMatching(/the server gave other bytes than were catalogued/),
    });
  });

  test("export an image folder: each picture verified, one line a picture", async () => {
    const { pilab, items } = await deviceWith(4);
    const folder = join(project.folder, "export");
    const summary = await pilab.captures.exportTo(folder, { series: "even" });
    expect(summary).toMatchObject({
      downloaded: 2,
      kept: 0,
      failed: 0,
      rowsFile: join(folder, "metadata.jsonl"),
    });
    const lines = await linesOf(summary.rowsFile);
    expect(lines.map(({ original_file_name }) => original_file_name).toSorted()).toEqual(["0.jpg", "2.jpg"]);
    for (const { file_name, sha256 } of lines) {
      const bytes = await readFile(join(folder, file_name as string));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
      expect(items.some(({ source }) => source.equals(bytes))).toBe(true);
    }
  });

  test("export goes on where it was interrupted, and mends what was damaged", async () => {
    const { pilab } = await deviceWith(3);
    const folder = join(project.folder, "resumed");
    const { rowsFile } = await pilab.captures.exportTo(folder);
    const [first, second] = (await linesOf(rowsFile)).map(({ file_name }) =>
      join(folder, file_name as string),
    ) as [string, string];
    await rm(first);
    await writeFile(second, Buffer.alloc((await stat(second)).size));
    project.proxy.reset();
    expect(await pilab.captures.exportTo(folder)).toMatchObject({ downloaded: 2, kept: 1, failed: 0 });
    expect(project.proxy.requests.filter(({ path }) => path.includes("/object/authenticated/"))).toHaveLength(
      2,
    );
  });

  test("export leaves no half file and no line for what fails, and says which", async () => {
    const { pilab } = await deviceWith(2);
    const folder = join(project.folder, "failing");
    project.proxy.inject({
      path: /\/object\/authenticated\//,
      fault: { kind: "cut-answer", afterBytes: 100 },
    });
    const summary = await pilab.captures.exportTo(folder);
    expect(summary).toMatchObject({ downloaded: 0, failed: 2 });
    expect(summary.failures.map(({ error }) => error.code)).toEqual(["network", "network"]);
    expect(await content(summary.rowsFile)).toBe("");
    const left = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(left.map(({ name }) => name)).toEqual(["metadata.jsonl"]);
  });

  test("export of rows alone downloads nothing", async () => {
    const { pilab } = await deviceWith(2);
    const folder = join(project.folder, "rows");
    const { rowsFile } = await pilab.captures.exportTo(folder, { images: false });
    expect((await linesOf(rowsFile)).map(({ file_name }) => file_name).toSorted()).toEqual([
      "0.jpg",
      "1.jpg",
    ]);
    expect(await readdir(folder)).toEqual(["captures.jsonl"]);
  });
});

describe("devices.create", () => {
  test("makes a device that can sign in and upload at once, and gives its settings to its captures", async () => {
    const { device, credentials } = await project.service.devices.create({
      slug: "greenhouse-1",
      name: "Greenhouse, north",
      time_zone: "Europe/Berlin",
      expected_interval_s: 30,
      series: "tomatoes",
      shot_type: "timelapse",
    });
    expect(device).toMatchObject({
      slug: "greenhouse-1",
      name: "Greenhouse, north",
      time_zone: "Europe/Berlin",
    });
    expect(credentials.email).toBe("greenhouse-1@devices.pilab.invalid");
    const pilab = project.client(credentials);
    const { captureId } = await pilab.captures.uploadAndLog(await project.picture("2026:07:01 12:00:00"));
    expect(await pilab.captures.get(captureId as string)).toMatchObject({
      series: "tomatoes",
      shot_type: "timelapse",
      // EXIF named no offset: the device's zone says what its wall clock meant.
      captured_at: "2026-07-01T10:00:00+00:00",
    });
  });

  test("refuses a slug that is taken or wrong, and anyone without the service key, and leaves no account behind", async () => {
    const accounts = async () => {
      const { rows } = await project.supabase.sql.transaction((tx) =>
        tx.query<{ count: number }>("select count(*)::int as count from auth.users"),
      );
      return rows[0]?.count;
    };
    const { pilab, slug } = await project.device();
    const before = await accounts();
    const { service } = project;
    await expect(service.devices.create({ slug })).rejects.toMatchObject({
      code: "already_exists",
      message: `There is a device "${slug}" already`,
    });
    await expect(service.devices.create({ slug: "Not A Slug" })).rejects.toMatchObject({
      code: "invalid_input",
    });
    await expect(pilab.devices.create({ slug: "mine" })).rejects.toMatchObject({ code: "forbidden" });
    project.proxy.inject({
      method: "POST",
      path: /\/rest\/v1\/devices/,
      fault: { kind: "answer", status: 400, body: { code: "23514", message: "no" } },
    });
    await expect(service.devices.create({ slug: "half-made" })).rejects.toMatchObject({
      code: "invalid_input",
    });
    expect(await accounts()).toBe(before);
  });

  test("goes round an account that an earlier creation left when it died half-way", async () => {
    const left = project.proxy.inject({
      method: "POST",
      path: /\/rest\/v1\/devices/,
      fault: { kind: "answer", status: 400, body: { code: "23514", message: "no" } },
    });
    const undoing = project.proxy.inject({
      method: "DELETE",
      path: /\/admin\/users/,
      fault: { kind: "answer", status: 400, body: {} },
    });
    await expect(project.service.devices.create({ slug: "phoenix" })).rejects.toThrow();
    left();
    undoing();
    const { credentials } = await project.service.devices.create({ slug: "phoenix" });
    expect(credentials.email).toMatch(/^phoenix\+[0-9a-f]{8}@devices\.pilab\.invalid$/);
    expect(await project.client(credentials).captures.uploadAndLog(await project.picture())).toMatchObject({
      outcome: "uploaded",
    });
  });
});

describe("usage.get and audit.list", () => {
  test("say how much is stored, to those who may know", async () => {
    const { pilab, slug, items } = await deviceWith(3);
    const { stored, by_device } = await project.service.usage.get();
    const own = by_device.find((device) => device.slug === slug);
    expect(own?.files).toBe(3);
    expect(own?.bytes).toBeGreaterThan(items.reduce((sum, { source }) => sum + source.length, 0));
    expect(stored.files).toBeGreaterThanOrEqual(3);
    await expect(pilab.usage.get()).rejects.toMatchObject({ code: "forbidden" });
  });

  test("page through the audit log, newest first, and show a device none of it", async () => {
    const { pilab, id } = await deviceWith(1);
    const { entries, next } = await project.service.audit.list({ limit: 2 });
    expect(entries).toHaveLength(2);
    const older = await project.service.audit.list({ before: next as number, limit: 2 });
    expect((older.entries[0]?.id as number) < (entries[1]?.id as number)).toBe(true);
    const own = await project.service.audit.list({ deviceId: id, action: "captures.logged" });
    expect(
      own.entries.every(({ action, device_id }) => action === "captures.logged" && device_id === id),
    ).toBe(true);
    expect(own.next).toBeNull();
    expect((await pilab.audit.list()).entries).toEqual([]);
  });
});

test("the server's clock is known after the first answer, within a second", async () => {
  const { pilab } = await project.device();
  expect(pilab.clockOffsetMs()).toBeUndefined();
  await pilab.captures.list();
  expect(Math.abs(pilab.clockOffsetMs() as number)).toBeLessThan(2000);
});
