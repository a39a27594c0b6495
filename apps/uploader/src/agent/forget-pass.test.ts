import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Journal, openJournal } from "../journal/journal.ts";
import { createForgetPass } from "./forget-pass.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

let folder: string;
let wall: number;
let isClockRight: boolean;
let journal: Journal;
let pass: () => Promise<number>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pilab-forget-"));
  wall = START;
  isClockRight = true;
  journal = openJournal({ folder: join(folder, "state"), now: () => wall });
  pass = createForgetPass({
    journal,
    keepProofsMs: 365 * DAY,
    isClockRight: () => isClockRight,
    write: (change) => change(),
    now: () => wall,
  });
});

afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

function take(name: string): number {
  const path = join(folder, name);
  writeFileSync(path, name);
  const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
  journal.add({ path, device: dev, inode: ino, sizeBytes: Number(size), mtimeNs });
  const [file] = journal.nextBatch({ order: "oldest", limit: 1, nowMs: wall });
  return file?.id as number;
}

async function store(name: string): Promise<number> {
  const id = take(name);
  const [sha256, objectPath] = ["ab".repeat(32), `pi/${name}`];
  await journal.store(id, { outcome: "uploaded", sha256, objectPath, captureId: "c", verifiedBy: "etag" });
  return id;
}

const remove = (name: string) => rmSync(join(folder, name));

async function free(name: string): Promise<void> {
  const id = await store(name);
  await journal.confirm([{ id }]);
  remove(name);
  await journal.free([id]);
}

const files = () =>
  Object.fromEntries(
    Object.entries(journal.counts()).flatMap(([state, { files }]) => (files > 0 ? [[state, files]] : [])),
  );

it("forgets what was freed, removed on the server or gone for longer than proofs are kept", async () => {
  await free("freed.jpg");
  await journal.bury(take("tombstone.jpg"), "purged", "by policy");
  remove("tombstone.jpg");
  await journal.gone(take("gone.jpg"), "it was removed");
  remove("gone.jpg");
  wall = START + 365 * DAY;
  expect(await pass()).toBe(0);
  wall += 1;
  expect(await pass()).toBe(3);
  expect(files()).toEqual({});
});

it("never forgets what is still to be uploaded, looked at again, or freed", async () => {
  take("queued.jpg");
  await store("stored.jpg");
  await journal.confirm([{ id: await store("confirmed.jpg") }]);
  await journal.quarantine(take("quarantined.jpg"), "cut off");
  for (const name of ["queued", "stored", "confirmed", "quarantined"]) remove(`${name}.jpg`);
  wall += 1000 * DAY;
  expect(await pass()).toBe(0);
  expect(files()).toEqual({ queued: 1, stored: 1, confirmed: 1, quarantined: 1 });
});

it("never forgets a file that is still on the disk, nor one whose path holds a file again", async () => {
  await journal.bury(take("kept.jpg"), "trashed", "by an operator");
  await free("back.jpg");
  writeFileSync(join(folder, "back.jpg"), "anew");
  wall += 1000 * DAY;
  expect(await pass()).toBe(0);
  const { dev, ino, size, mtimeNs } = statSync(join(folder, "kept.jpg"), { bigint: true });
  const kept = { path: join(folder, "kept.jpg"), device: dev, inode: ino, sizeBytes: Number(size), mtimeNs };
  expect(journal.knows(kept)).toBe(true);
  remove("back.jpg");
  expect(await pass()).toBe(1);
});

it("believes neither a clock that may be wrong nor the times that one wrote down", async () => {
  wall = 12_000; // 1970, as a Pi begins
  await free("early.jpg");
  wall = START;
  await free("right.jpg");
  wall += 1000 * DAY;
  isClockRight = false;
  expect(await pass()).toBe(0);
  isClockRight = true;
  expect(await pass()).toBe(1);
  expect(files()).toEqual({ freed: 1 });
});

it("goes through the journal in small batches, and begins anew at its end", async () => {
  for (let index = 0; index < 3; index += 1) {
    const at = 500 * index;
    for (let file = at; file < at + 500; file += 1)
      journal.add({ path: `/gone/${file}.jpg`, device: 1n, inode: BigInt(file), sizeBytes: 1, mtimeNs: 1n });
    const batch = journal.nextBatch({ order: "oldest", limit: 500, nowMs: wall });
    await Promise.all(batch.map(({ id }) => journal.gone(id, "removed")));
  }
  wall += 366 * DAY;
  expect([await pass(), await pass(), await pass(), await pass()]).toEqual([500, 500, 500, 0]);
  await free("later.jpg");
  wall += 366 * DAY;
  expect(await pass()).toBe(1);
});
