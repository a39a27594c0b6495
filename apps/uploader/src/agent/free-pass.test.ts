import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { KnownCapture } from "@pilab/schema";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Journal, openJournal } from "../journal/journal.ts";
import { describeDeletionRefusal, openReserve } from "../space/index.ts";
import { createFreePass, type FreePassOptions } from "./free-pass.ts";
import { createRecheck } from "./recheck.ts";

const DAY = 86_400_000;

let base: string;
let spool: string;
let wall: number;
let journal: Journal;
/** What the server says of a capture, by its name; "stored" when nothing is said. */
let server: Map<string, KnownCapture["state"]>;
let isAway: boolean;
let asked: number;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "pilab-free-"));
  spool = join(base, "spool");
  mkdirSync(spool);
  wall = Date.UTC(2026, 0, 1);
  server = new Map();
  [isAway, asked] = [false, 0];
  journal = openJournal({ folder: join(base, "state"), now: () => wall });
});

afterEach(() => {
  journal.close();
  rmSync(base, { recursive: true });
});

const hashOf = (name: string) => Buffer.from(name.padEnd(32)).toString("hex");
const nameOf = (hash: string) => Buffer.from(hash, "hex").toString().trim();

/** Brings a picture as far as it may be freed. */
async function confirm(name: string, folder = spool, options?: { series: string }): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, name);
  const { dev, ino, mtimeNs } = statSync(path, { bigint: true });
  journal.add({ path, device: dev, inode: ino, sizeBytes: name.length, mtimeNs, options });
  const [file] = journal.nextBatch({ order: "oldest", limit: 1, nowMs: wall });
  const id = file?.id as number;
  const proof = { sha256: hashOf(name), objectPath: `pi/${id}`, captureId: "c", verifiedBy: "etag" } as const;
  await journal.store(id, { outcome: "uploaded", ...proof });
  await journal.confirm([{ id }]);
  return path;
}

const recheck = (everyMs = DAY) =>
  createRecheck({
    journal,
    everyMs,
    write: (change) => change(),
    outlasts: () => false,
    onRequeued: () => {},
    monotonic: () => wall,
    async known(hashes) {
      asked += 1;
      const answers = hashes.map((sha256) => {
        const name = nameOf(sha256);
        const state = server.get(name) ?? "stored";
        return [sha256, { sha256, state, id: "c", object_path: "p", size_bytes: name.length }] as const;
      });
      return new Map(answers);
    },
  });

function pass(changes: Partial<FreePassOptions> = {}) {
  return createFreePass({
    journal,
    roots: [spool],
    folders: [],
    keepLocalMs: 7 * DAY,
    maxDiskPercent: 100,
    freeEveryMs: 0,
    mayGo: async (files) => (isAway ? null : await recheck().mayGo(files)),
    reserve: openReserve(join(base, "reserve"), 4096),
    brakePath: join(base, "brake"),
    logger: { info() {}, warn() {}, error() {} },
    now: () => wall,
    ...changes,
  });
}

const files = () =>
  Object.fromEntries(
    Object.entries(journal.counts()).flatMap(([state, { files }]) => (files > 0 ? [[state, files]] : [])),
  );

describe("before a copy goes the server is asked again", () => {
  it("and what a restored database has forgotten is kept, and goes up again", async () => {
    const [kept, lost, freed] = [await confirm("a.jpg"), await confirm("b.jpg"), await confirm("c.jpg")];
    server.set("a.jpg", "unknown").set("b.jpg", "missing");
    wall += 8 * DAY;
    await pass().run();
    expect([kept, lost, freed].map(existsSync)).toEqual([true, true, false]);
    expect(files()).toEqual({ placed: 2, freed: 1 });
    expect(asked).toBe(1);
  });

  it("and what an operator or a policy removed goes, but not what came back from the trash", async () => {
    const [trashed, back] = [await confirm("a.jpg"), await confirm("b.jpg")];
    server.set("a.jpg", "trashed").set("b.jpg", "trashed");
    await recheck().walk();
    expect(files()).toEqual({ tombstone: 2 });
    server.delete("b.jpg");
    wall += 8 * DAY;
    await pass().run();
    expect([trashed, back].map(existsSync)).toEqual([false, true]);
    expect(files()).toEqual({ placed: 1, freed: 1 });
  });

  it("and while it is away age frees nothing", async () => {
    const path = await confirm("a.jpg");
    wall += 8 * DAY;
    isAway = true;
    await pass().run();
    expect(existsSync(path)).toBe(true);
    isAway = false;
    await pass().run();
    expect(existsSync(path)).toBe(false);
  });

  it("and while it is away a full disk frees by its answer of an hour after the upload", async () => {
    const path = await confirm("a.jpg");
    isAway = true;
    await pass({ maxDiskPercent: 0 }).run();
    expect(existsSync(path)).toBe(false);
  });

  it("and the journal has the last word: a file that was queued meanwhile stays", async () => {
    const path = await confirm("a.jpg");
    wall += 8 * DAY;
    const mayGo: FreePassOptions["mayGo"] = async (copies) => {
      const ids = copies.map(({ id }) => id);
      await journal.requeue({ ids });
      return new Set(ids);
    };
    await pass({ mayGo }).run();
    expect(existsSync(path)).toBe(true);
    expect(files()).toEqual({ placed: 1 });
  });
});

it("frees what was stored while the clock ran ahead, for its age and for the disk", async () => {
  const paths = [await confirm("a.jpg"), await confirm("b.jpg")];
  wall -= 365 * DAY;
  isAway = true;
  await pass({ maxDiskPercent: 0 }).run();
  expect(paths.map(existsSync)).toEqual([false, false]);
  const another = await confirm("c.jpg");
  wall -= DAY;
  isAway = false;
  await pass().run();
  expect(existsSync(another)).toBe(false);
});

describe.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
  "where deletions are refused",
  () => {
    let theirs: string;
    const logged: string[] = [];
    const logger = {
      info() {},
      warn: () => logged.push("warning"),
      error: (why: unknown) => logged.push(`${why}`),
    };
    const mount = (options: string) => execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", theirs]);

    beforeEach(() => {
      theirs = join(base, "theirs");
      mkdirSync(theirs);
      mount("size=1m");
      logged.length = 0;
    });
    afterEach(() => execFileSync("umount", [theirs]));

    it("says it once, naming the folder and what helps, holds the camera, and frees elsewhere", async () => {
      const kept = [await confirm("a.jpg", theirs), await confirm("b.jpg", theirs)];
      mount("remount,ro");
      const freed = await confirm("c.jpg");
      const space = pass({ roots: [spool, theirs], folders: [theirs], maxDiskPercent: 0, logger });
      await space.run();
      await space.run();
      expect([...kept, freed].map(existsSync)).toEqual([true, true, false]);
      expect(space.refusal).toContain(`Copies in ${theirs} cannot be freed`);
      expect(space.refusal).toContain("mount it for writing");
      expect(space.complaint).toContain(`Whatever writes to ${theirs} is filling the disk`);
      expect(logged.filter((line) => line.startsWith("Copies in"))).toHaveLength(1);
      expect(logged).not.toContain("warning");

      mount("remount,rw");
      await space.run();
      expect(kept.map(existsSync)).toEqual([false, false]);
      expect(space.refusal).toBeNull();
    });

    it("says it before the first copy has to go", async () => {
      mount("remount,ro");
      const space = pass({ roots: [spool, theirs], logger });
      await space.run();
      expect(space.refusal).toContain(`Copies in ${theirs} cannot be freed`);
    });
  },
);

it("names what helps where a folder is another user's", () => {
  const { username } = userInfo();
  const text = describeDeletionRefusal("/srv/captures", "EACCES");
  expect(text).toContain("Copies in /srv/captures cannot be freed");
  expect(text).toContain(`sudo chgrp ${username} /srv/captures && sudo chmod 2775 /srv/captures`);
});

it("frees copies without their sidecars where the disk has no room to note them", async () => {
  const sidecar = join(spool, "a.json");
  writeFileSync(sidecar, "{}");
  utimesSync(sidecar, 0, 0);
  const path = await confirm("a.jpg", spool, { series: "s" });
  const full = async () => {
    throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
  };
  await pass({ maxDiskPercent: 0, journal: { ...journal, noteFirmly: full } }).run();
  expect([path, sidecar].map(existsSync)).toEqual([false, true]);
  expect(files()).toEqual({ freed: 1 });
});

it("asks for no more in one call than the server answers, however many a look frees", async () => {
  await Promise.all(Array.from({ length: 501 }, (_, index) => confirm(`${index}`)));
  const all = journal.freeable({ limit: 501 });
  expect(await recheck().mayGo(all)).toEqual(new Set(all.map(({ id }) => id)));
  expect(asked).toBe(2);
});

it("walks through all that was confirmed in batches, once a day, and has it go up again when it is forgotten", async () => {
  await Promise.all(Array.from({ length: 501 }, (_, index) => confirm(`${index}`)));
  const { walk } = recheck();
  server.set("0", "unknown").set("500", "missing");
  await walk();
  expect(files()).toEqual({ confirmed: 500, placed: 1 });
  await walk();
  expect(files()).toEqual({ confirmed: 499, placed: 2 });
  for (let round = 0; round < 5; round += 1) await walk();
  expect(asked).toBe(2);
  wall += DAY;
  await walk();
  await walk();
  expect(asked).toBe(3);
});
