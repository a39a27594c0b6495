import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Journal, type JournalOptions, openJournal } from "./journal.ts";
import type { FinishedFile, Placement, StoredFile } from "./types.ts";

const HOUR = 3_600_000;
const TARGET = { url: "http://pilab.test", bucket: "pilab-dev", deviceId: "d-1" };

let folder: string;
let journal: Journal;
let wall: number;
let uptime: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pilab-journal-"));
  wall = Date.UTC(2026, 0, 1);
  uptime = 0;
  journal = open();
});

afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

function open(options: Partial<JournalOptions> = {}): Journal {
  return openJournal({ folder, now: () => wall, monotonic: () => uptime, ...options });
}

function reopen(): void {
  journal.close();
  journal = open();
}

function file(name: string, changes: Partial<FinishedFile> = {}): FinishedFile {
  return {
    path: `/spool/${name}`,
    device: 1n,
    inode: 7n,
    sizeBytes: 100,
    mtimeNs: 1_000_000_000n,
    ...changes,
  };
}

const sha256 = "ab".repeat(32);
function placement(name = "a.jpg", changes: Partial<Placement> = {}): Placement {
  return {
    sizeBytes: 100,
    mtimeMs: 1000,
    sha256,
    md5: "cd".repeat(16),
    objectPath: `pi/2026/01/01/${name}`,
    capturedAt: new Date(Date.UTC(2026, 0, 1)),
    capturedAtSource: "exif",
    capturedAtTrusted: true,
    ...changes,
  };
}

function take(): number {
  const [first] = journal.nextBatch({ order: "oldest", limit: 1, nowMs: wall });
  if (first === undefined) throw new Error("nothing is due");
  return first.id;
}

const stored = { outcome: "uploaded", sha256, objectPath: "pi/2026/01/01/a.jpg", captureId: "c-1" } as const;

/** Brings a new file as far as it is asked to. */
async function bring(
  name: string,
  to: "placed" | "stored" | "confirmed",
  identity: Partial<FinishedFile> = {},
) {
  journal.add(file(name, identity));
  const id = take();
  await journal.place(id, placement(name));
  if (to === "placed") return id;
  await journal.store(id, { ...stored, verifiedBy: "etag", objectPath: `pi/2026/01/01/${name}` });
  if (to === "confirmed") await journal.confirm([{ id }]);
  return id;
}

function states(): Record<string, number> {
  const entries = Object.entries(journal.counts()).filter(([, { files }]) => files > 0);
  return Object.fromEntries(entries.map(([state, { files }]) => [state, files]));
}

describe("intake", () => {
  it("takes a file in once, however often it is found", () => {
    expect(journal.add(file("a.jpg"))).toBe("new");
    expect(journal.add(file("a.jpg"))).toBe("known");
    reopen();
    expect(journal.add(file("a.jpg"))).toBe("known");
    expect(journal.knows(file("a.jpg"))).toBe(true);
    expect(states()).toEqual({ queued: 1 });
  });

  it("knows a file again whose disk got another number at its mount, and frees it by that", async () => {
    const id = await bring("a.jpg", "confirmed");
    expect(journal.knows(file("a.jpg", { device: 2n ** 63n + 5n }))).toBe(true);
    reopen();
    expect(journal.freeable({ limit: 1 })).toMatchObject([{ id, device: 2n ** 63n + 5n }]);
    expect(journal.add(file("a.jpg", { device: 9n }))).toBe("known");
    expect(journal.freeable({ limit: 1 })).toMatchObject([{ id, device: 9n }]);
    expect(states()).toEqual({ confirmed: 1 });
  });

  it.each([{ sizeBytes: 101 }, { mtimeNs: 1_000_000_001n }, { inode: 8n }])(
    "takes a changed file as another version: %o",
    (change) => {
      journal.add(file("a.jpg"));
      expect(journal.knows(file("a.jpg", change))).toBe(false);
      expect(journal.add(file("a.jpg", change))).toBe("new_version");
      expect(journal.add(file("a.jpg", change))).toBe("known");
    },
  );

  it("tells of a version that was overwritten before it could be uploaded", () => {
    journal.add(file("a.jpg"));
    journal.add(file("a.jpg", { inode: 8n }));
    expect(states()).toEqual({ queued: 1, gone: 1 });
    expect(journal.list("gone")).toMatchObject([
      { path: "/spool/a.jpg", reason: "another version took its place before it was uploaded" },
    ]);
  });

  it("keeps the proof of a stored version whose path holds another by now", async () => {
    await bring("a.jpg", "stored");
    expect(journal.add(file("a.jpg", { inode: 8n }))).toBe("new_version");
    expect(states()).toEqual({ stored: 1, queued: 1 });
  });

  it("forgets the quarantined half of a file that is whole by now", () => {
    expect(journal.addUnfit(file("a.jpg"), "cut off")).toBe("new");
    expect(journal.addUnfit(file("a.jpg"), "cut off")).toBe("known");
    expect(journal.list("quarantined")).toMatchObject([{ reason: "cut off" }]);
    expect(journal.add(file("a.jpg", { sizeBytes: 200 }))).toBe("new_version");
    expect(states()).toEqual({ queued: 1 });
  });

  it("queues a file again that had vanished and is back", async () => {
    journal.add(file("a.jpg"));
    await journal.gone(take(), "it vanished");
    expect(journal.knows(file("a.jpg"))).toBe(false);
    expect(journal.add(file("a.jpg"))).toBe("new");
    expect(states()).toEqual({ queued: 1 });
  });

  it("holds inodes, devices and times of 64 bits, and what the sidecar said", () => {
    const wide = file("a.jpg", {
      inode: 2n ** 64n - 1n,
      device: 2n ** 63n,
      mtimeNs: 1_796_000_000_123_456_789n,
    });
    journal.add({ ...wide, options: { series: "run 4", metadata: { lens: "x" } } });
    reopen();
    expect(journal.knows(wide)).toBe(true);
    expect(journal.nextBatch({ order: "oldest", limit: 9, nowMs: wall })).toMatchObject([
      { ...wide, options: { series: "run 4", metadata: { lens: "x" } }, attempts: 0, addedAtMs: wall },
    ]);
  });
});

describe("handing out", () => {
  const names = (order: "oldest" | "newest", limit: number) =>
    journal.nextBatch({ order, limit, nowMs: wall }).map(({ path }) => path.replace("/spool/", ""));

  beforeEach(() => {
    for (const [index, name] of ["b", "a", "d", "c"].entries())
      journal.add(file(name, { mtimeNs: BigInt([2, 1, 4, 3][index] as number) * 1_000_000_000n }));
  });

  it("goes by the files' own times, each file to one taker", () => {
    expect(names("oldest", 2)).toEqual(["a", "b"]);
    expect(names("newest", 1)).toEqual(["d"]);
    expect(names("oldest", 9)).toEqual(["c"]);
    expect(names("oldest", 9)).toEqual([]);
  });

  it("hands out again what was given back, or what a crash left in hand", () => {
    const [first] = journal.nextBatch({ order: "oldest", limit: 4, nowMs: wall });
    journal.giveBack(first?.id as number);
    expect(names("oldest", 9)).toEqual(["a"]);
    reopen();
    expect(names("oldest", 9)).toEqual(["a", "b", "c", "d"]);
  });

  it("holds a failed file back until its time, and says why it waits", async () => {
    const id = take();
    await journal.fail(id, "the server is away", wall + 60_000);
    expect(names("oldest", 1)).toEqual(["b"]);
    expect(journal.list("failing")).toMatchObject([
      { path: "/spool/a", reason: "the server is away", attempts: 1 },
    ]);
    wall += 60_000;
    expect(journal.nextBatch({ order: "oldest", limit: 1, nowMs: wall })).toMatchObject([
      { path: "/spool/a", attempts: 1 },
    ]);
  });

  it("does not let a clock that ran ahead hold a file back for years", async () => {
    const id = take();
    wall = Date.UTC(2036, 0, 1);
    await journal.fail(id, "the server is away", wall + 60_000);
    wall = Date.UTC(2026, 0, 1);
    expect(names("oldest", 1)).toEqual(["a"]);
  });

  it("names the oldest that waits", () => {
    expect(journal.oldestQueued()).toEqual({ path: "/spool/a", mtimeMs: 1000 });
  });
});

describe("placement", () => {
  it("is the same at every later try, after a restart too", async () => {
    await bring("a.jpg", "placed");
    reopen();
    const [again] = journal.nextBatch({ order: "oldest", limit: 1, nowMs: wall });
    expect(again?.placement).toEqual(placement());
  });

  it("refuses the bytes of another version", async () => {
    journal.add(file("a.jpg"));
    const id = take();
    await expect(journal.place(id, placement("a.jpg", { sizeBytes: 99 }))).rejects.toMatchObject({
      code: "file_changed",
    });
    await expect(journal.place(id, placement("a.jpg", { mtimeMs: 999 }))).rejects.toMatchObject({
      code: "file_changed",
    });
    expect(states()).toEqual({ queued: 1 });
  });

  it("stays when the catalogue lost the capture and the file goes up again", async () => {
    const id = await bring("a.jpg", "confirmed");
    expect(await journal.requeue({ ids: [id] })).toBe(1);
    expect(states()).toEqual({ placed: 1 });
    expect(journal.nextBatch({ order: "oldest", limit: 1, nowMs: wall })).toMatchObject([
      { id, placement: { objectPath: "pi/2026/01/01/a.jpg" } },
    ]);
  });
});

describe("freeing", () => {
  const freeable = () => journal.freeable({ limit: 10 });

  it("is refused before the second look, whoever asks", async () => {
    const id = await bring("a.jpg", "stored");
    expect(freeable()).toEqual([]);
    await expect(journal.free([id])).rejects.toThrow("/spool/a.jpg is stored: it cannot be freed");
    await journal.confirm([{ id }]);
    expect(freeable()).toMatchObject([
      { id, path: "/spool/a.jpg", inode: 7n, verifiedBy: "etag", captureId: "c-1" },
    ]);
    await journal.free([id]);
    expect(states()).toEqual({ freed: 1 });
  });

  it("wants to know how a duplicate was verified", async () => {
    journal.add(file("a.jpg"));
    const id = take();
    await journal.store(id, { ...stored, outcome: "duplicate" });
    await expect(journal.confirm([{ id }])).rejects.toThrow("freed_is_proven");
    await journal.confirm([{ id, verifiedBy: "download" }]);
    expect(freeable()).toMatchObject([{ verifiedBy: "download" }]);
  });

  it("believes no earlier verification of a capture that had to go up again", async () => {
    const id = await bring("a.jpg", "confirmed");
    await journal.requeue({ ids: [id] });
    await journal.store(id, { ...stored, outcome: "duplicate" });
    expect(journal.toConfirm({ afterMs: 0, limit: 1 })).toMatchObject([{ id, verifiedBy: null }]);
    await expect(journal.confirm([{ id }])).rejects.toThrow("freed_is_proven");
  });

  it("confirms all of a batch or none", async () => {
    const proven = await bring("a.jpg", "stored");
    journal.add(file("b.jpg"));
    const unproven = take();
    await journal.store(unproven, { ...stored, outcome: "duplicate" });
    await expect(journal.confirm([{ id: proven }, { id: unproven }])).rejects.toThrow();
    expect(states()).toEqual({ stored: 2 });
  });

  it("comes up for a second look after an hour of running, whatever the wall clock says", async () => {
    const id = await bring("a.jpg", "stored");
    const due = () => journal.toConfirm({ afterMs: HOUR, limit: 10 }).map((stored) => stored.id);
    wall += 50 * 365 * 24 * HOUR;
    uptime += HOUR - 1;
    expect(due()).toEqual([]);
    uptime += 1;
    expect(due()).toEqual([id]);
    await journal.confirmLater([id]);
    expect(due()).toEqual([]);
  });

  it("counts the hour across restarts", async () => {
    const id = await bring("a.jpg", "stored");
    uptime += HOUR / 2;
    await journal.fail(await bring("b.jpg", "placed"), "x", wall);
    journal.close();
    uptime = 0;
    journal = open();
    expect(journal.toConfirm({ afterMs: HOUR, limit: 10 })).toEqual([]);
    uptime = HOUR / 2;
    expect(journal.toConfirm({ afterMs: HOUR, limit: 10 })).toMatchObject([{ id }]);
  });

  it("lets the local copy of a tombstone go", async () => {
    journal.add(file("a.jpg"));
    const id = take();
    await journal.bury(id, "purged", "the capture was removed by retention policy");
    expect(freeable()).toMatchObject([{ id, state: "tombstone" }]);
    await journal.free([id]);
    expect(states()).toEqual({ freed: 1 });
  });

  it("is listed a page at a time, so that what may not be freed hides nothing", async () => {
    for (const [index, name] of ["a", "b", "c"].entries()) {
      wall += index === 2 ? 1 : 0;
      await bring(name, "confirmed", { inode: BigInt(index) });
    }
    const pageOf = (after?: StoredFile) => journal.freeable({ limit: 2, after });
    const first = pageOf();
    expect(first.map(({ path }) => path)).toEqual(["/spool/a", "/spool/b"]);
    expect(pageOf(first[0]).map(({ path }) => path)).toEqual(["/spool/b", "/spool/c"]);
    expect(pageOf(first[1]).map(({ path }) => path)).toEqual(["/spool/c"]);
  });

  it("takes a name in again whose earlier file was freed, and keeps the proof", async () => {
    await journal.free([await bring("a.jpg", "confirmed")]);
    expect(journal.add(file("a.jpg", { inode: 9n }))).toBe("new");
    expect(states()).toEqual({ freed: 1, queued: 1 });
  });

  it("stores what arrived although its file was overwritten meanwhile", async () => {
    const id = await bring("a.jpg", "placed");
    journal.add(file("a.jpg", { inode: 9n }));
    await journal.store(id, { ...stored, verifiedBy: "etag" });
    expect(states()).toEqual({ stored: 1, queued: 1 });
  });
});

describe("putting aside and back", () => {
  it("counts files and bytes of every state through all its ways", async () => {
    for (const [index, name] of ["a", "b", "c"].entries())
      journal.add(file(name, { sizeBytes: 10 ** index }));
    await journal.quarantine(take(), "cut off");
    await journal.tooLarge(take(), "too large");
    await journal.gone(take(), "vanished");
    expect(journal.counts()).toMatchObject({
      queued: { files: 0, bytes: 0 },
      quarantined: { files: 1 },
      too_large: { files: 1 },
      gone: { files: 1 },
    });
    expect(await journal.requeue({ state: "quarantined" })).toBe(1);
    expect(await journal.requeue({ state: "too_large", maxSizeBytes: 0 })).toBe(0);
    expect(await journal.requeue({ state: "too_large", maxSizeBytes: 1000 })).toBe(1);
    expect(await journal.requeue({ state: "gone" })).toBe(1);
    expect(journal.counts().queued).toEqual({ files: 3, bytes: 111 });
  });

  it("never queues what was freed", async () => {
    const id = await bring("a.jpg", "confirmed");
    await journal.free([id]);
    expect(await journal.requeue({ ids: [id] })).toBe(0);
    expect(await journal.requeue({ state: "freed" })).toBe(0);
  });
});

describe("what is lost", () => {
  it("counts what vanished since a time, and neither a version that was replaced nor a file that came back", async () => {
    for (const name of ["vanished", "replaced", "overwritten", "back", "old"]) journal.add(file(name));
    const vanishes = async (name: string) => {
      const batch = journal.nextBatch({ order: "oldest", limit: 9, nowMs: wall });
      for (const { id, path } of batch)
        await (path === `/spool/${name}` ? journal.vanished(id) : journal.giveBack(id));
    };
    await vanishes("old");
    wall += 25 * HOUR;
    const since = () => journal.vanishedSince(wall - 24 * HOUR);
    expect(since()).toBe(0);
    await vanishes("vanished");
    await vanishes("back");
    expect(since()).toBe(2);
    journal.add(file("back"));
    journal.add(file("replaced", { inode: 8n }));
    for (const { id, path } of journal.nextBatch({ order: "oldest", limit: 9, nowMs: wall }))
      if (path.endsWith("overwritten")) await journal.gone(id, "it was overwritten");
    expect(journal.counts().gone.files).toBe(4);
    expect(since()).toBe(1);
    reopen();
    expect(since()).toBe(1);
    wall += 24 * HOUR + 1;
    expect(since()).toBe(0);
  });
});

describe("the target", () => {
  it("is bound once, and another one is refused", async () => {
    expect(journal.target()).toBeUndefined();
    expect(await journal.bindTarget(TARGET)).toBe("bound");
    expect(await journal.bindTarget(TARGET)).toBe("same");
    reopen();
    await expect(journal.bindTarget({ ...TARGET, deviceId: "d-2" })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(journal.target()).toEqual(TARGET);
  });

  it("may be replaced: what is on the disk is queued again under new names, proofs stay", async () => {
    await journal.bindTarget(TARGET);
    await journal.free([await bring("freed.jpg", "confirmed")]);
    await bring("stored.jpg", "stored", { inode: 8n });
    await bring("placed.jpg", "placed", { inode: 9n });
    await journal.resumeStore.set("key", "http://tus");
    const before = journal.journalId();
    expect(await journal.bindTarget({ ...TARGET, url: "http://new.test" }, { newTarget: true })).toBe(
      "moved",
    );
    expect(states()).toEqual({ queued: 2, freed: 1 });
    expect(
      journal.nextBatch({ order: "oldest", limit: 9, nowMs: wall }).map((queued) => queued.placement),
    ).toEqual([undefined, undefined]);
    expect(journal.journalId()).not.toBe(before);
    expect((await journal.nextReport())?.totals).toEqual({ ok: 0, failed: 0, duplicate: 0, bytes: 0 });
    expect(await journal.resumeStore.get("key")).toBeUndefined();
  });
});

describe("the report", () => {
  it("counts uploads, failures and duplicates with the changes that they are", async () => {
    await bring("a.jpg", "stored");
    journal.add(file("b.jpg"));
    await journal.store(take(), { ...stored, outcome: "duplicate" });
    journal.add(file("c.jpg"));
    await journal.fail(take(), "away", wall);
    expect(await journal.nextReport()).toEqual({
      journalId: journal.journalId(),
      seq: 1,
      totals: { ok: 1, failed: 1, duplicate: 1, bytes: 100 },
    });
  });

  it("counts an upload whose answer was lost as an upload", async () => {
    const id = await bring("a.jpg", "placed");
    reopen();
    take();
    await journal.store(id, { ...stored, outcome: "duplicate" });
    expect((await journal.nextReport())?.totals).toEqual({ ok: 1, failed: 0, duplicate: 0, bytes: 100 });
  });

  it("counts no duplicate whose path was chosen in the same try: another process brought it", async () => {
    const id = await bring("a.jpg", "placed");
    await journal.store(id, { ...stored, outcome: "duplicate", verifiedBy: "etag" });
    expect((await journal.nextReport())?.totals).toEqual({ ok: 0, failed: 0, duplicate: 1, bytes: 0 });
  });

  it("rises with each try, and rests when the server has it", async () => {
    const first = await journal.nextReport();
    const second = await journal.nextReport();
    expect([first?.seq, second?.seq]).toEqual([1, 2]);
    journal.reported(second as NonNullable<typeof second>);
    expect(await journal.nextReport()).toBeUndefined();
    reopen();
    expect((await journal.nextReport())?.seq).toBe(3);
  });
});

describe("durability", () => {
  it("commits changes made together in one transaction, and resolves them when it is on the disk", async () => {
    for (const name of ["a", "b", "c"]) journal.add(file(name));
    const files = journal.nextBatch({ order: "oldest", limit: 3, nowMs: wall });
    const other = open({ access: "command" });
    const placed = Promise.all(files.map(({ id }) => journal.place(id, placement())));
    expect(other.counts().placed.files).toBe(0);
    await placed;
    expect(other.counts().placed.files).toBe(3);
    other.close();
  });

  it("commits an intake within its linger without anyone waiting", async () => {
    journal.close();
    journal = open({ lingerMs: 1 });
    const other = open({ access: "command" });
    journal.add(file("a.jpg"));
    await expect.poll(() => other.counts().queued.files).toBe(1);
    other.close();
  });

  it("drops the resume URL of a file that vanished, and keeps those of files that wait", async () => {
    const other = "ef".repeat(32);
    journal.add(file("a.jpg"));
    journal.add(file("b.jpg", { inode: 8n }));
    const [a, b] = journal.nextBatch({ order: "oldest", limit: 2, nowMs: wall });
    await journal.place(a?.id as number, placement("a.jpg"));
    await journal.place(b?.id as number, placement("b.jpg", { sha256: other }));
    const keys = [`bucket/pi/a.jpg#${sha256}`, `bucket/pi/b.jpg#${other}`] as const;
    for (const key of keys) await journal.resumeStore.set(key, "http://tus/1");
    await journal.gone(a?.id as number, "it was removed");
    journal.resumeStore.prune();
    reopen();
    expect(await journal.resumeStore.get(keys[0])).toBeUndefined();
    expect(await journal.resumeStore.get(keys[1])).toBe("http://tus/1");
  });

  it("keeps resume URLs and notes", async () => {
    await journal.resumeStore.set("bucket/path#sha", "http://tus/1");
    journal.note("refresh_token", "t");
    reopen();
    expect(await journal.resumeStore.get("bucket/path#sha")).toBe("http://tus/1");
    expect(journal.noted("refresh_token")).toBe("t");
    await journal.resumeStore.delete("bucket/path#sha");
    journal.note("refresh_token", undefined);
    reopen();
    expect(await journal.resumeStore.get("bucket/path#sha")).toBeUndefined();
    expect(journal.noted("refresh_token")).toBeUndefined();
  });

  it("is for one agent at a time, with commands beside it", () => {
    expect(() => open()).toThrow(expect.objectContaining({ code: "lock_held" }));
    journal.add(file("a.jpg"));
    journal.flush();
    const command = open({ access: "command" });
    expect(command.counts().queued.files).toBe(1);
    command.close();
    reopen();
  });

  it("tells a command that there is no journal instead of making one", () => {
    const elsewhere = join(folder, "nowhere");
    expect(() => openJournal({ folder: elsewhere, access: "command" })).toThrow(
      expect.objectContaining({ code: "not_found" }),
    );
  });

  it.each([
    ["garbage", () => writeFileSync(join(folder, "journal.db"), Buffer.alloc(4096, "garbage"))],
    ["a condemned one", () => journal.condemn()],
  ])("sets %s aside and begins anew instead of refusing to start", async (_, breakIt) => {
    journal.add(file("a.jpg"));
    journal.close();
    breakIt();
    journal = open();
    expect(journal.setAside).toContain("journal.db.broken-");
    expect(readdirSync(folder).filter((name) => name.includes("broken-"))).not.toEqual([]);
    expect(states()).toEqual({});
    reopen();
    expect(journal.setAside).toBeUndefined();
  });
});
