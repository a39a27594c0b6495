import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
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

it("opens 100,000 journalled files and hands the first ones out within 32 MB", () => {
  const memoryBefore = process.memoryUsage().rss;
  const journal = openJournal({ folder });
  const newest = journal.nextBatch({ order: "newest", limit: 2, nowMs: Date.now() });
  const oldest = journal.nextBatch({ order: "oldest", limit: 1, nowMs: Date.now() });
  const { queued } = journal.counts();
  const first = journal.oldestQueued();
  const memory = process.memoryUsage().rss - memoryBefore;
  expect(newest.map(({ path }) => path)).toEqual(["/spool/frame-100000.jpg", "/spool/frame-099999.jpg"]);
  expect(oldest[0]?.path).toBe("/spool/frame-000001.jpg");
  expect(first?.path).toBe("/spool/frame-000001.jpg");
  expect(queued).toEqual({ files: FILES, bytes: FILES * 1000 });
  expect(memory).toBeLessThan(32 * 1024 * 1024);
  journal.close();
});

it("answers what the agent asks all the time from an index, never by a look at every file", () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  const journal = openJournal({ folder });
  const [file] = journal.nextBatch({ order: "newest", limit: 1, nowMs: Date.now() });
  journal.giveBack(file?.id as number);
  journal.nextBatch({ order: "oldest", limit: 1, nowMs: Date.now() });
  journal.knows({ path: file?.path as string, device: 1n, inode: 0n, sizeBytes: 0, mtimeNs: 0n });
  journal.toConfirm({ afterMs: 0, limit: 10 });
  journal.freeable({ limit: 10 });
  journal.oldestQueued();
  journal.counts();
  journal.close();
  const asked = prepare.mock.calls.map(([sql]) => sql).filter((sql) => /^\s*(select|with)/i.test(sql));
  prepare.mockRestore();

  expect(asked.length).toBeGreaterThan(5);
  const db = new DatabaseSync(join(folder, "journal.db"));
  for (const sql of asked) {
    const steps = db
      .prepare(`explain query plan ${sql}`)
      .all()
      .map(({ detail }) => detail);
    expect(
      steps.filter((step) => /^SCAN files(?! USING)/.test(String(step))),
      sql,
    ).toEqual([]);
  }
  db.close();
});
