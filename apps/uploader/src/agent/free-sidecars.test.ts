import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Journal, openJournal } from "../journal/journal.ts";

let base: string;
let spool: string;
let journal: Journal;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "pilab-sidecars-"));
  spool = join(base, "spool");
  mkdirSync(spool);
  journal = open();
});

afterEach(() => {
  journal.close();
  rmSync(base, { recursive: true });
});

const open = () => openJournal({ folder: join(base, "state") });

/** As a camera writes it, an hour ago. */
function put(name: string, folder = spool): string {
  const path = join(folder, name);
  writeFileSync(path, name);
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(path, hourAgo, hourAgo);
  return path;
}

/** Brings a picture as far as it may be freed. */
async function confirm(path: string, { said = true } = {}): Promise<void> {
  const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
  journal.add({
    path,
    device: dev,
    inode: ino,
    sizeBytes: Number(size),
    mtimeNs,
    options: said ? { series: "s" } : undefined,
  });
  const [file] = journal.nextBatch({ order: "oldest", limit: 1, nowMs: Date.now() });
  const id = file?.id as number;
  const proof = {
    sha256: "ab".repeat(32),
    objectPath: `pi/${id}`,
    captureId: "c",
    verifiedBy: "etag",
  } as const;
  await journal.store(id, { outcome: "uploaded", ...proof });
  await journal.confirm([{ id }]);
}

const child = fileURLToPath(new URL("./free-child.ts", import.meta.url));

/** One look at the disk by a process of its own, killed before its n-th deletion. */
function look({ killAt = 0 } = {}): void {
  journal.close();
  const { status, signal } = spawnSync(process.execPath, [child, base, String(killAt)], { stdio: "inherit" });
  expect(killAt === 0 ? status : signal).toBe(killAt === 0 ? 0 : "SIGKILL");
  journal = open();
}

const left = (...paths: string[]) => paths.filter((path) => existsSync(path));

it.each(["a.jpg.json", "a.json"])("frees %s with its picture", async (name) => {
  const [picture, sidecar] = [put("a.jpg"), put(name)];
  await confirm(picture);
  look();
  expect(left(picture, sidecar)).toEqual([]);
});

describe("leaves a sidecar", () => {
  it("that came too late to be read, or said nothing that could be read", async () => {
    const late = put("late.jpg");
    await confirm(late);
    writeFileSync(join(spool, "late.json"), "{}");
    const [broken, itsSidecar] = [put("broken.jpg"), put("broken.json")];
    await confirm(broken, { said: false });
    look();
    expect(left(late, broken)).toEqual([]);
    expect(left(join(spool, "late.json"), itsSidecar).length).toBe(2);
  });

  it("that speaks for a raw picture too, until that goes", async () => {
    const [jpeg, raw, sidecar] = [put("a.jpg"), put("a.DNG"), put("a.json")];
    await confirm(jpeg);
    look();
    expect(left(jpeg, raw, sidecar)).toEqual([raw, sidecar]);
    await confirm(raw);
    look();
    expect(left(raw, sidecar)).toEqual([]);
  });

  it("whose picture somebody else took away, or changed", async () => {
    const [taken, itsSidecar] = [put("taken.jpg"), put("taken.jpg.json")];
    await confirm(taken);
    rmSync(taken);
    const [changed, another] = [put("changed.jpg"), put("changed.jpg.json")];
    await confirm(changed);
    writeFileSync(changed, "another version");
    look();
    expect(left(itsSidecar, changed, another)).toEqual([itsSidecar, changed, another]);
  });

  it("in a folder that is not ours", async () => {
    const folder = join(base, "theirs");
    mkdirSync(folder);
    const [picture, sidecar] = [put("a.jpg", folder), put("a.jpg.json", folder)];
    await confirm(picture);
    look();
    expect(left(picture, sidecar)).toEqual([picture, sidecar]);
  });
});

describe("killed", () => {
  it.each([1, 2, 3, 4])("before its deletion %i of four it ends what it began, once", async (killAt) => {
    const all = [put("a.jpg"), put("a.jpg.json"), put("b.jpg"), put("b.json")];
    await confirm(all[0] as string);
    await confirm(all[2] as string);
    look({ killAt });
    expect(left(...all).length).toBe(5 - killAt);
    look();
    expect(left(...all)).toEqual([]);
    expect(journal.counts().freed.files).toBe(2);
    expect(journal.noted("freeing")).toBeUndefined();
  });

  it("between picture and sidecar it leaves alone the sidecar of the next picture of that name", async () => {
    const [picture, sidecar] = [put("a.jpg"), put("a.jpg.json")];
    await confirm(picture);
    look({ killAt: 2 });
    expect(left(picture, sidecar)).toEqual([sidecar]);
    rmSync(sidecar);
    writeFileSync(sidecar, "{}");
    look();
    expect(left(sidecar)).toEqual([sidecar]);
  });
});
