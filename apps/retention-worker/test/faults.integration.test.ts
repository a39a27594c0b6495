import type { RetentionRunRow } from "@pilab/schema";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Worker } from "../src/open-worker.ts";
import { type RunRequest, runRetention } from "../src/run/run-retention.ts";
import { BUCKET, checkBooks, type RetentionLab, startRetentionLab } from "./lab.ts";

const REMOVE = /^\/storage\/v1\/object\/pilab-dev/;

describe.each(["pglite", "postgres"] as const)("a purge on %s", (engine) => {
  let lab: RetentionLab;

  beforeAll(async () => {
    lab = await startRetentionLab(engine);
    // What Storage leaves out in silence, as it does what it may not remove.
    await lab.rows("create table public.kept (pattern text)");
    await lab.rows(`create function public.keep_some() returns trigger language plpgsql security definer as $$ begin
      return case when exists (select from public.kept where old.name like pattern) then null else old end; end $$`);
    await lab.rows(
      "create trigger keep_some before delete on storage.objects for each row execute function public.keep_some()",
    );
  });
  afterAll(() => lab?.stop());
  beforeEach(() => lab.empty());

  const run = async (worker: Worker = lab.worker(), more: Partial<RunRequest> = {}) => {
    const request = { bucket: BUCKET, scope: {}, stopEnds: true, signal: new AbortController().signal };
    return (await runRetention(worker, { ...request, ...more })).at(-1) as RetentionRunRow;
  };
  const fillDue = (count: number) =>
    lab.fill({ count, daysAgo: 40, trashedDaysAgo: 8, withThumbnails: true });
  const count = async (where: string) =>
    (await lab.rows<{ n: number }>(`select count(*)::int as n from public.captures where ${where}`))[0]?.n;
  test("that Storage fails for part of says so, keeps those as purging, and the next one ends it", async () => {
    await fillDue(40);
    lab.proxy.inject({
      method: "DELETE",
      path: /pilab-dev$/,
      times: 1,
      fault: { kind: "answer", status: 500 },
    });
    const first = await run(
      lab.worker({ CHUNK_SIZE: "10", FAIL_FAST_THRESHOLD: "1", RETRY_MAX_ATTEMPTS: "1" }),
    );
    expect(first).toMatchObject({ state: "partly_done", purged_files: 30, failed_files: 10 });
    expect(first.errors).toMatchObject([{ phase: "purge", files: 10 }]);
    expect(await count("purging_at is not null and purged_at is null")).toBe(10);
    expect(await run()).toMatchObject({ state: "done", purged_files: 10 });
    await checkBooks(lab);
  });

  test("that fails for more than FAIL_FAST_THRESHOLD stops as failed, and does not try the rest", async () => {
    await fillDue(60);
    lab.proxy.inject({ method: "DELETE", path: REMOVE, fault: { kind: "answer", status: 500 } });
    const failed = await run(lab.worker({ CHUNK_SIZE: "10" }));
    expect(failed).toMatchObject({ state: "failed", purged_files: 0 });
    expect(await count("purging_at is null")).toBeGreaterThanOrEqual(20);
    lab.proxy.reset();
    expect(await run()).toMatchObject({ state: "done", purged_files: 60 });
    await checkBooks(lab);
  });

  test("does not believe a Storage that says removed and removes nothing", async () => {
    await fillDue(20);
    lab.proxy.inject({ method: "DELETE", path: REMOVE, fault: { kind: "answer", status: 200, body: [] } });
    const lied = await run(lab.worker({ FAIL_FAST_THRESHOLD: "1" }));
    expect(lied).toMatchObject({ state: "partly_done", purged_files: 0, purged_bytes: 0, failed_files: 20 });
    expect(lied.errors).toMatchObject([{ message: expect.stringContaining("still there"), files: 20 }]);
    expect(await count("purged_at is not null")).toBe(0);
    lab.proxy.reset();
    expect(await run()).toMatchObject({ state: "done", purged_files: 20 });
    await checkBooks(lab);
  });

  test("does not believe a Storage that keeps a thumbnail", async () => {
    await fillDue(5);
    lab.proxy.inject({ method: "DELETE", path: /thumbs$/, fault: { kind: "answer", status: 200, body: [] } });
    expect(await run(lab.worker({ FAIL_FAST_THRESHOLD: "1" }))).toMatchObject({
      purged_files: 0,
      failed_files: 5,
    });
    lab.proxy.reset();
    expect(await run()).toMatchObject({ state: "done", purged_files: 5 });
    await checkBooks(lab);
  });

  test("waits for a Storage that hangs no longer than the idle timeout, and keeps its lease meanwhile", async () => {
    await fillDue(5);
    lab.proxy.inject({ method: "DELETE", path: REMOVE, fault: { kind: "hang" } });
    const worker = lab.worker({ RETRY_MAX_ATTEMPTS: "1", FAIL_FAST_THRESHOLD: "1" }, { idleTimeoutMs: 2500 });
    expect(await run(worker, { ttlS: 1 })).toMatchObject({ state: "partly_done", failed_files: 5 });
    lab.proxy.reset();
    expect(await run()).toMatchObject({ state: "done", purged_files: 5 });
    await checkBooks(lab);
  });

  test("counts once what was done by a call whose answer was lost", async () => {
    await lab.admin.retention.policies.create({ keep_days: 30 });
    await lab.fill({ count: 60, everySeconds: 1 });
    await lab.fill({ count: 10, daysAgo: 31 });
    await fillDue(10);
    for (const path of [/soft_delete/, /begin_purge/, /finish_purge/, REMOVE, /retention_runs/]) {
      lab.proxy.inject({ path, times: 1, fault: { kind: "drop-answer" } });
    }
    expect(await run()).toMatchObject({
      ...{ state: "done", trashed_files: 10, trashed_bytes: 10_000 },
      ...{ purged_files: 10, purged_bytes: 11_000, failed_files: 0 },
    });
    await checkBooks(lab);
  });

  test("leaves alone what is restored or pinned before it is claimed", async () => {
    const [restored = "", pinned = ""] = await fillDue(10);
    lab.proxy.inject({
      path: /begin_purge/,
      times: 1,
      fault: {
        kind: "meanwhile",
        async run() {
          await lab.admin.captures.restore([restored]);
          await lab.admin.captures.pin([pinned]);
        },
      },
    });
    expect(await run()).toMatchObject({ state: "done", purged_files: 8, failed_files: 0 });
    expect(await count(`id = '${restored}' and deleted_at is null`)).toBe(1);
    expect(await count(`id = '${pinned}' and purging_at is null`)).toBe(1);
    await checkBooks(lab);
  });

  test("lets nobody restore or pin what it has claimed", async () => {
    const ids = await fillDue(10);
    const answers: unknown[] = [];
    lab.proxy.inject({
      method: "DELETE",
      path: REMOVE,
      times: 1,
      fault: {
        kind: "meanwhile",
        async run() {
          answers.push(...(await lab.admin.captures.restore(ids)), ...(await lab.admin.captures.pin(ids)));
        },
      },
    });
    expect(await run()).toMatchObject({ state: "done", purged_files: 10 });
    expect(answers).toHaveLength(20);
    for (const answer of answers) expect(answer).toMatchObject({ outcome: "refused" });
    await checkBooks(lab);
  });

  test("leaves a capture live that is pinned just before it would go to the trash", async () => {
    await lab.admin.retention.policies.create({ keep_days: 30 });
    await lab.fill({ count: 60, everySeconds: 1 });
    const [pinned = ""] = await lab.fill({ count: 10, daysAgo: 31 });
    const pin = async () => void (await lab.admin.captures.pin([pinned]));
    lab.proxy.inject({ path: /soft_delete/, times: 1, fault: { kind: "meanwhile", run: pin } });
    expect(await run()).toMatchObject({ state: "done", trashed_files: 9, failed_files: 0 });
    expect(await count(`id = '${pinned}' and deleted_at is null`)).toBe(1);
  });

  test("by a worker whose lease ran out stops at once; the other that has it ends the same run", async () => {
    await fillDue(40);
    let other: Promise<RetentionRunRow> | undefined;
    lab.proxy.inject({
      path: /begin_purge/,
      times: 1,
      fault: {
        kind: "meanwhile",
        async run() {
          // As if this worker had slept: its lease is over, and another one's now.
          await lab.rows("update public.leases set expires_at = clock_timestamp()");
          other = run();
          await other;
        },
      },
    });
    const env = { CHUNK_SIZE: "10" };
    await expect(run(lab.worker(env))).rejects.toMatchObject({ code: "lock_held" });
    expect(await other).toMatchObject({ state: "done" });
    const { runs } = await lab.admin.retention.runs.list();
    expect(runs.map(({ state }) => state)).toEqual(["done", "done"]);
    expect(runs.reduce((sum, { purged_files }) => sum + purged_files, 0)).toBe(40);
    await checkBooks(lab);
  });

  test("keeps as purging exactly those that Storage silently keeps", async () => {
    await fillDue(20);
    await lab.rows("insert into public.kept values ('%/7.jpg'), ('%/1_.jpg')");
    const kept = await run(lab.worker({ FAIL_FAST_THRESHOLD: "1" }));
    expect(kept).toMatchObject({ state: "partly_done", purged_files: 9, failed_files: 11 });
    expect(await count("purging_at is not null and purged_at is null and object_path like '%/7.jpg'")).toBe(
      1,
    );
    await lab.rows("delete from public.kept");
    expect(await run()).toMatchObject({ state: "done", purged_files: 11 });
    await checkBooks(lab);
  });
});
