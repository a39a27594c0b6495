import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openJournal } from "./journal.ts";

const FILES = 100_000;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pilab-journal-scale-"));
  openJournal({ folder }).close();
  const db = new DatabaseSync(join(folder, "journal.db"));
  db.exec(`begin;
    insert into files (path, device, inode, size_bytes, mtime_ns, state, added_at_ms, next_attempt_at_ms)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < ${FILES})
      select printf('/spool/frame-%06d.jpg', i), 1, i, 1000, 1796000000000000000 + i * 1000000000, 'queued', 0, 0 from n;
    commit`);
  db.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

it("opens 100,000 journalled files and hands the first ones out in under two seconds and 32 MB", () => {
  const memoryBefore = process.memoryUsage().rss;
  const startedAt = performance.now();
  const journal = openJournal({ folder });
  const newest = journal.nextBatch({ order: "newest", limit: 2, nowMs: Date.now() });
  const oldest = journal.nextBatch({ order: "oldest", limit: 1, nowMs: Date.now() });
  const { queued } = journal.counts();
  const first = journal.oldestQueued();
  const elapsedMs = performance.now() - startedAt;
  const memory = process.memoryUsage().rss - memoryBefore;
  expect(newest.map(({ path }) => path)).toEqual(["/spool/frame-100000.jpg", "/spool/frame-099999.jpg"]);
  expect(oldest[0]?.path).toBe("/spool/frame-000001.jpg");
  expect(first?.path).toBe("/spool/frame-000001.jpg");
  expect(queued).toEqual({ files: FILES, bytes: FILES * 1000 });
  expect(elapsedMs).toBeLessThan(2000);
  expect(memory).toBeLessThan(32 * 1024 * 1024);
  journal.close();
});

it("answers what the agent asks all the time without a look at every file", () => {
  const journal = openJournal({ folder });
  const nowMs = Date.now();
  const startedAt = performance.now();
  // A look at 100,000 rows takes 20 ms and more: a thousand of them would take their time.
  for (let round = 0; round < 250; round += 1) {
    const path = `/spool/frame-${String(round + 1).padStart(6, "0")}.jpg`;
    expect(journal.knows({ path, device: 1n, inode: 0n, sizeBytes: 0, mtimeNs: 0n })).toBe(false);
    const [file] = journal.nextBatch({ order: "newest", limit: 1, nowMs });
    journal.giveBack(file?.id as number);
    journal.toConfirm({ afterMs: 0, limit: 10 });
    journal.freeable({ storedBeforeMs: nowMs, limit: 10 });
    journal.counts();
  }
  expect(performance.now() - startedAt).toBeLessThan(2000);
  journal.close();
});
