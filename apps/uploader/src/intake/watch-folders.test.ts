import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { inspectCapture } from "@pilab/storage-core";
import { makeJpeg } from "@pilab/testing";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "../journal/journal.ts";
import type { FileIdentity, FinishedFile } from "../journal/types.ts";
import { isSameVersion } from "./identity.ts";
import { type WatchOptions, watchFolders } from "./watch-folders.ts";

const SOON = { timeout: 5000 };
const canMount = process.platform === "linux" && process.getuid?.() === 0;

let picture: Buffer;
let base: string;
let spool: string;
let stop: AbortController;
let running: Promise<void> | undefined;
/** Every file that was reported, as the journal would hold it. */
let known: FileIdentity[];
let finished: (FinishedFile & { note?: string | undefined })[];
let unfinished: { path: string; reason: string }[];
let folders: string[];
let looks: string[];

beforeAll(async () => {
  picture = Buffer.from(await makeJpeg({ width: 64, height: 48 }));
});

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "pilab-intake-"));
  spool = join(base, "spool");
  mkdirSync(spool);
  stop = new AbortController();
  [known, finished, unfinished, folders, looks] = [[], [], [], [], []];
});

afterEach(async () => {
  stop.abort();
  await running;
  rmSync(base, { recursive: true });
});

function start(options: Partial<WatchOptions> = {}): void {
  running = watchFolders({
    folders: [spool],
    settleMs: 40,
    giveUpMs: 60_000,
    sidecarWaitMs: 0,
    rescanMs: 60_000,
    probeMs: 20,
    signal: stop.signal,
    knows: (file) => known.some((other) => other.path === file.path && isSameVersion(other, file)),
    onFinished: (file, note) => {
      known.push(file);
      finished.push({ ...file, note });
    },
    onUnfinished: (file, reason) => {
      known.push(file);
      unfinished.push({ path: file.path, reason });
    },
    onFolder: (folder, state) => folders.push(`${relative(base, folder)} ${state}`),
    inspect: (input, inspectOptions) => {
      looks.push(inspectOptions.fileName);
      return inspectCapture(input, inspectOptions);
    },
    ...options,
  });
}

function put(name: string, bytes: Uint8Array = picture): string {
  const path = join(spool, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

const names = () => finished.map(({ path }) => relative(base, path)).sort();
const reported = (expected: string[]) =>
  expect.poll(names, SOON).toEqual(expected.map((name) => `spool/${name}`));
const watching = () => expect.poll(() => folders, SOON).toContain("spool present");
const looked = (name: string) => expect.poll(() => looks, SOON).toContain(name);

describe("what is found", () => {
  it("takes what was there before the start, at any depth", async () => {
    put("a.jpg");
    put("2026/01/b.JPG");
    start();
    await reported(["2026/01/b.JPG", "a.jpg"]);
  });

  it("takes what is written, and what is moved in", async () => {
    start();
    await watching();
    put("written.jpg");
    writeFileSync(join(base, "elsewhere.jpg"), picture);
    renameSync(join(base, "elsewhere.jpg"), join(spool, "moved.jpg"));
    await reported(["moved.jpg", "written.jpg"]);
  });

  it("takes what comes in folders made later, and moved in with all they hold", async () => {
    start();
    await watching();
    put("made/deep/a.jpg");
    mkdirSync(join(base, "album"));
    writeFileSync(join(base, "album", "b.jpg"), picture);
    renameSync(join(base, "album"), join(spool, "album"));
    await reported(["album/b.jpg", "made/deep/a.jpg"]);
    put("made/deep/c.jpg");
    await reported(["album/b.jpg", "made/deep/a.jpg", "made/deep/c.jpg"]);
  });

  it("leaves temporary names alone until they become a capture's", async () => {
    start();
    await watching();
    for (const name of ["a.jpg.tmp", "b.part", ".c.jpg", "d.jpg~", ".thumbs/e.jpg", "f.txt"]) put(name);
    put("last.jpg");
    await reported(["last.jpg"]);
    expect(looks).toEqual(["last.jpg"]);
    renameSync(join(spool, "a.jpg.tmp"), join(spool, "a.jpg"));
    await reported(["a.jpg", "last.jpg"]);
  });

  it("follows links to files and folders, and ends where they make a loop", async () => {
    mkdirSync(join(base, "disk"));
    writeFileSync(join(base, "disk", "a.jpg"), picture);
    writeFileSync(join(base, "b.jpg"), picture);
    symlinkSync(join(base, "disk"), join(spool, "disk"));
    symlinkSync(join(base, "b.jpg"), join(spool, "b.jpg"));
    symlinkSync(join(base, "nowhere.jpg"), join(spool, "dead.jpg"));
    symlinkSync(spool, join(base, "disk", "up"));
    start();
    await reported(["b.jpg", "disk/a.jpg"]);
  });

  it("takes each name of a hard-linked file", async () => {
    start();
    await watching();
    linkSync(put("a.jpg"), join(spool, "b.jpg"));
    await reported(["a.jpg", "b.jpg"]);
    expect(finished[0]?.inode).toBe(finished[1]?.inode);
  });

  it("finds by going through the folders what the kernel gave no hint of", async () => {
    writeFileSync(join(base, "target.jpg"), picture);
    symlinkSync(join(base, "target.jpg"), join(spool, "link.jpg"));
    start({ rescanMs: 50 });
    await reported(["link.jpg"]);
    writeFileSync(join(base, "target.jpg"), Buffer.concat([picture, Buffer.from("more")]));
    await reported(["link.jpg", "link.jpg"]);
  });

  it("takes in more files than it holds in memory", async () => {
    for (let index = 0; index < 1200; index += 1) put(`${index}.jpg`);
    const paths = new Set<string>();
    start({ knows: ({ path }) => paths.has(path), onFinished: ({ path }) => void paths.add(path) });
    await expect.poll(() => paths.size, { timeout: 15_000 }).toBe(1200);
  }, 20_000);

  it("goes on with all of them when a folder appears meanwhile", async () => {
    for (let index = 0; index < 1200; index += 1) put(`${index}.jpg`);
    const [seen, paths] = [new Set<string>(), new Set<string>()];
    const { promise: full, resolve } = Promise.withResolvers<void>();
    start({
      knows: ({ path }) => seen.add(path) && paths.has(path),
      onFinished: ({ path }) => void paths.add(path),
      inspect: async (input, inspectOptions) => {
        await full;
        return await inspectCapture(input, inspectOptions);
      },
    });
    await expect.poll(() => seen.size, SOON).toBeGreaterThanOrEqual(1000);
    put("new/0.jpg");
    let probes = 0;
    // Seen at once by the hint that a watched folder gives, where one that is gone through waits for room.
    const isHinted = () => [...seen].some((path) => path.startsWith(join(spool, "new")));
    await expect.poll(() => put(`new/${++probes}.jpg`) && isHinted(), SOON).toBe(true);
    resolve();
    await expect.poll(() => paths.size, { timeout: 15_000 }).toBe(1201 + probes);
  }, 30_000);
});

it("tells that scan and looks get on while nothing comes, and which of them does not when one hangs", async () => {
  const steps = { scan: 0, looks: 0 };
  const { promise: over, resolve } = Promise.withResolvers<void>();
  start({
    onProgress: (of) => {
      steps[of] += 1;
    },
    inspect: async (input, inspectOptions) => {
      looks.push(inspectOptions.fileName);
      await over;
      return await inspectCapture(input, inspectOptions);
    },
  });
  await watching();
  put("a.jpg");
  await looked("a.jpg");
  const { scan, looks: judged } = steps;
  await expect.poll(() => steps.scan, SOON).toBeGreaterThan(scan + 3);
  expect(steps.looks).toBe(judged);
  resolve();
  await reported(["a.jpg"]);
  await expect.poll(() => steps.looks, SOON).toBeGreaterThan(judged);
});

describe("what is finished", () => {
  it("waits for a writer that pauses in the middle", async () => {
    start();
    await watching();
    const path = put("a.jpg", picture.subarray(0, 300));
    await looked("a.jpg");
    expect(finished).toEqual([]);
    appendFileSync(path, picture.subarray(300));
    await reported(["a.jpg"]);
    expect(finished[0]?.sizeBytes).toBe(picture.length);
    expect(unfinished).toEqual([]);
  });

  it.each([
    ["empty", () => Buffer.alloc(0), /is empty/],
    ["cut off", () => picture.subarray(0, 300), /is cut off/],
    ["all zeros", () => Buffer.alloc(300), /no picture or video/],
  ])(
    "gives a file up that stays %s, with the reason, and leaves it where it is",
    async (_, bytes, reason) => {
      start({ giveUpMs: 80 });
      const path = put("a.jpg", bytes());
      await expect.poll(() => unfinished, SOON).toEqual([{ path, reason: expect.stringMatching(reason) }]);
      expect(readFileSync(path).equals(bytes())).toBe(true);
      expect(finished).toEqual([]);
    },
  );

  it("takes a file that was given up when it becomes whole", async () => {
    start({ giveUpMs: 80 });
    const path = put("a.jpg", picture.subarray(0, 300));
    await expect.poll(() => unfinished.length, SOON).toBe(1);
    appendFileSync(path, picture.subarray(300));
    await reported(["a.jpg"]);
  });

  it("reports a file that is truncated and rewritten as another version, never the half of it", async () => {
    start();
    await watching();
    const path = put("a.jpg");
    await reported(["a.jpg"]);
    truncateSync(path, 0);
    appendFileSync(path, picture.subarray(0, 300));
    await expect.poll(() => looks.length, SOON).toBeGreaterThan(1);
    appendFileSync(path, Buffer.concat([picture.subarray(300), Buffer.from("trailer")]));
    await reported(["a.jpg", "a.jpg"]);
    expect(finished.map(({ sizeBytes }) => sizeBytes)).toEqual([picture.length, picture.length + 7]);
  });

  it("reports each picture of a camera that renames over the last one", async () => {
    start();
    await watching();
    put("latest.jpg");
    await reported(["latest.jpg"]);
    renameSync(put("latest.jpg.tmp"), join(spool, "latest.jpg"));
    await reported(["latest.jpg", "latest.jpg"]);
    expect(finished[0]?.inode).not.toBe(finished[1]?.inode);
  });

  it("does not finish a file that changes while it is looked at", async () => {
    let path = "";
    start({
      inspect: async (input, inspectOptions) => {
        looks.push(inspectOptions.fileName);
        if (looks.length === 1) appendFileSync(path, "more");
        return await inspectCapture(input, inspectOptions);
      },
    });
    path = put("a.jpg");
    await reported(["a.jpg"]);
    expect(finished[0]?.sizeBytes).toBe(picture.length + 4);
    expect(looks.length).toBeGreaterThan(1);
  });

  it("forgets a file that vanishes before it is finished", async () => {
    start();
    await watching();
    const path = put("a.jpg", picture.subarray(0, 300));
    await looked("a.jpg");
    rmSync(path);
    put("b.jpg");
    await reported(["b.jpg"]);
    expect(unfinished).toEqual([]);
  });

  it("reports a file again whose report failed", async () => {
    const troubles: unknown[] = [];
    let refusals = 2;
    start({
      onFinished: (file) => {
        if (refusals-- > 0) throw new Error("the disk is full");
        known.push(file);
        finished.push(file);
      },
      onTrouble: (error) => troubles.push(error),
    });
    put("a.jpg");
    await reported(["a.jpg"]);
    expect(troubles).toEqual([new Error("the disk is full"), new Error("the disk is full")]);
  });
});

describe("sidecars", () => {
  it("are read when they come after the picture", async () => {
    start({ sidecarWaitMs: 60_000 });
    await watching();
    put("a.jpg");
    await looked("a.jpg");
    expect(finished).toEqual([]);
    put("a.json", Buffer.from('{"series": "run 4", "captured_at": "2026-01-01T10:00:00Z", "lens": "x"}'));
    await reported(["a.jpg"]);
    expect(finished[0]?.options).toEqual({
      series: "run 4",
      sidecarCapturedAt: "2026-01-01T10:00:00Z",
      metadata: { lens: "x" },
    });
    expect(looks).toEqual(["a.jpg"]);
  });

  it("that stay unreadable are told of and hold no picture back", async () => {
    put("a.jpg.json", Buffer.from('{"series": "ru'));
    put("a.jpg");
    start({ sidecarWaitMs: 100 });
    await reported(["a.jpg"]);
    expect(finished[0]).toMatchObject({
      options: undefined,
      note: "its sidecar a.jpg.json was left out: it is no JSON",
    });
  });
});

describe("folders that come and go", () => {
  it("are taken up when they appear", async () => {
    rmSync(spool, { recursive: true });
    start();
    await expect.poll(() => folders, SOON).toEqual(["spool missing"]);
    put("a.jpg");
    await reported(["a.jpg"]);
    put("b.jpg");
    await reported(["a.jpg", "b.jpg"]);
  });

  it("report nothing twice when they vanish and come back, and what is new at once", async () => {
    put("a.jpg");
    start();
    await reported(["a.jpg"]);
    renameSync(spool, join(base, "away"));
    await expect.poll(() => folders, SOON).toEqual(["spool present", "spool missing"]);
    renameSync(join(base, "away"), spool);
    await expect.poll(() => folders.length, SOON).toBe(3);
    put("b.jpg");
    await reported(["a.jpg", "b.jpg"]);
  });

  it("do not lose their watches to a folder named within another", async () => {
    mkdirSync(join(spool, "inner"));
    start({ folders: [spool, join(spool, "inner")], rescanMs: 30 });
    await expect.poll(() => folders.length, SOON).toBe(2);
    put("inner/a.jpg");
    await reported(["inner/a.jpg"]);
  });

  it.skipIf(!canMount)("may be disks: filled, unmounted in use, and mounted again", async () => {
    const disk = () => execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", spool]);
    disk();
    try {
      start({ giveUpMs: 80 });
      await watching();
      put("a.jpg");
      await reported(["a.jpg"]);
      const large = Buffer.concat([picture.subarray(0, 300), Buffer.alloc(128 * 1024, 1)]);
      expect(() => put("full.jpg", large)).toThrow("ENOSPC");
      await expect.poll(() => unfinished, SOON).toMatchObject([{ reason: /cut off/ }]);
      execFileSync("umount", [spool]);
      await expect.poll(() => folders.length, SOON).toBe(2);
      disk();
      await expect.poll(() => folders.length, SOON).toBe(3);
      put("b.jpg");
      await reported(["a.jpg", "b.jpg"]);
    } finally {
      execFileSync("umount", [spool]);
    }
  });
});

it("with the journal, takes nothing in twice over restarts, and what changed meanwhile as another version", async () => {
  const [changed] = [put("changed.jpg"), put("same.jpg"), put("half.jpg", picture.subarray(0, 300))];
  const journal = openJournal({ folder: join(base, "state") });
  const added: string[] = [];
  const wiring = {
    knows: journal.knows,
    onFinished: (file: FinishedFile) => void added.push(`${relative(spool, file.path)} ${journal.add(file)}`),
    onUnfinished: (file: FileIdentity, reason: string) => void journal.addUnfit(file, reason),
  };
  start({ ...wiring, giveUpMs: 80 });
  await expect.poll(() => journal.counts().quarantined.files, SOON).toBe(1);
  await expect.poll(() => added.sort(), SOON).toEqual(["changed.jpg new", "same.jpg new"]);
  stop.abort();
  await running;

  appendFileSync(changed, "more");
  stop = new AbortController();
  start({ ...wiring, giveUpMs: 80, signal: stop.signal });
  await expect.poll(() => added.length, SOON).toBe(3);
  expect(added[2]).toBe("changed.jpg new_version");
  expect(journal.counts()).toMatchObject({
    queued: { files: 2 },
    gone: { files: 1 },
    quarantined: { files: 1 },
  });
  expect(statSync(changed).size).toBe(picture.length + 4);
  journal.close();
});
