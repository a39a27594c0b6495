import type { RetentionRunRow } from "@pilab/schema";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dryRun, type RunRequest, runRetention } from "../src/run/run-retention.ts";
import { BucketRuns } from "../src/serve/bucket-runs.ts";
import { BUCKET, checkBooks, type RetentionLab, startRetentionLab } from "./lab.ts";

describe.each(["pglite", "postgres"] as const)("a retention run on %s", (engine) => {
  let lab: RetentionLab;

  beforeAll(async () => {
    lab = await startRetentionLab(engine);
  });
  afterAll(() => lab?.stop());
  beforeEach(() => lab.empty());

  const request = (more: Partial<RunRequest> = {}): RunRequest => ({
    ...{ bucket: BUCKET, scope: {}, stopEnds: true, ttlS: 5 },
    signal: new AbortController().signal,
    ...more,
  });
  const run = async (more: Partial<RunRequest> = {}, env: Record<string, string> = {}) =>
    (await runRetention(lab.worker(env), request(more))).at(-1) as RetentionRunRow;
  const digestOf = ({ plan }: RetentionRunRow) => plan.digest as string;
  const states = async (ids: readonly string[]) => {
    const rows = await lab.rows<{ state: string }>(
      `select case when purged_at is not null then 'purged' when purging_at is not null then 'purging'
         when deleted_at is not null then 'trashed' else 'live' end as state from public.captures where id = any ($1)`,
      [ids],
    );
    return Object.fromEntries(
      [...Map.groupBy(rows, ({ state }) => state)].map(([state, of]) => [state, of.length]),
    );
  };

  test("moves what a policy removes to the trash, and purges with thumbnails what is past its grace", async () => {
    const young = await lab.fill({ count: 60, daysAgo: 29, everySeconds: 1 });
    const old = await lab.fill({ count: 15, daysAgo: 30 });
    const graced = await lab.fill({ count: 3, daysAgo: 40, trashedDaysAgo: 6 });
    const due = await lab.fill({ count: 4, daysAgo: 40, trashedDaysAgo: 7, withThumbnails: true });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    expect(await run()).toMatchObject({
      ...{ state: "done", planned_files: 15, trashed_files: 15, trashed_bytes: 15_000 },
      ...{ purged_files: 4, purged_bytes: 4400, failed_files: 0, errors: [] },
    });
    expect(await states(young)).toEqual({ live: 60 });
    expect(await states(old)).toEqual({ trashed: 15 });
    expect(await states(graced)).toEqual({ trashed: 3 });
    expect(await states(due)).toEqual({ purged: 4 });
    const [{ reasons } = { reasons: null }] = await lab.rows(
      "select array_agg(distinct delete_reason) as reasons from public.captures where id = any ($1)",
      [old],
    );
    expect(reasons).toEqual(["older_than_keep_days"]);
    await checkBooks(lab);
  });

  test("keeps everything where no policy is enabled, and purges even so", async () => {
    await lab.fill({ count: 5, daysAgo: 4000 });
    await lab.fill({ count: 2, daysAgo: 40, trashedDaysAgo: 7 });
    await lab.admin.retention.policies.create({ keep_days: 1, enabled: false });
    expect(await run()).toMatchObject({ state: "done", trashed_files: 0, purged_files: 2 });
  });

  test("shows in a dry run what it would do, changes nothing, and then does exactly that by the plan's digest", async () => {
    await lab.fill({ count: 60, daysAgo: 1, everySeconds: 1 });
    const old = await lab.fill({ count: 12, daysAgo: 31 });
    await lab.fill({ count: 2, daysAgo: 40, trashedDaysAgo: 8 });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    const before = await lab.rows("select * from public.captures order by id");
    const dry = await dryRun(lab.worker(), request());
    expect(dry).toMatchObject({ state: "done", dry_run: true, planned_files: 12, planned_bytes: 12_000 });
    expect(dry.plan).toMatchObject({
      due: { files: 2, bytes: 2000 },
      brake: [],
      by_reason: [{ codes: ["older_than_keep_days"], files: 12, bytes: 12_000 }],
    });
    expect(await lab.rows("select * from public.captures order by id")).toEqual(before);
    // What arrives meanwhile makes no plan stale.
    await lab.fill({ count: 5, daysAgo: 0 });
    const done = await run({ planDigest: digestOf(dry) });
    expect(done).toMatchObject({ state: "done", trashed_files: 12, purged_files: 2 });
    expect(digestOf(done)).toBe(digestOf(dry));
    expect(await states(old)).toEqual({ trashed: 12 });
  });

  test.each([
    ["a capture was pinned", (ids: string[]) => lab.admin.captures.pin(ids.slice(0, 1))],
    ["a capture was removed by hand", (ids: string[]) => lab.admin.captures.softDelete(ids.slice(0, 1))],
    [
      "a policy changed, though only its grace",
      async () => {
        const [policy] = await lab.admin.retention.policies.list();
        await lab.admin.retention.policies.update(policy?.id ?? "", { grace_days: 3 });
      },
    ],
    [
      "the lab's calendar changed",
      () =>
        lab.rows("update public.bucket_settings set time_zone = 'Asia/Tokyo' where bucket_id = $1", [BUCKET]),
    ],
  ])("refuses a plan as stale, and touches nothing, when %s since", async (_what, change) => {
    await lab.fill({ count: 60, everySeconds: 1 });
    const old = await lab.fill({ count: 12, daysAgo: 31 });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    const dry = await dryRun(lab.worker(), request());
    await change(old);
    const before = await states(old);
    expect(await run({ planDigest: digestOf(dry) })).toMatchObject({ state: "stale", trashed_files: 0 });
    expect(await states(old)).toEqual(before);
  });

  test("is held by the brake, purges what was decided before, and goes on when that plan is confirmed", async () => {
    await lab.fill({ count: 10 });
    const old = await lab.fill({ count: 6, daysAgo: 31 });
    const due = await lab.fill({ count: 2, daysAgo: 40, trashedDaysAgo: 8 });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    const held = await run();
    expect(held).toMatchObject({ state: "braked", trashed_files: 0, purged_files: 2, finished_at: null });
    expect(held.plan.brake).toEqual(["removes 37.5 % of the bucket's captures by number, more than 25 %"]);
    expect(await states([...old, ...due])).toEqual({ trashed: undefined, live: 6, purged: 2 });
    expect(await run({ planDigest: digestOf(held) })).toMatchObject({ id: held.id, state: "braked" });
    const done = await run({ planDigest: digestOf(held), confirmedBy: "ada" });
    expect(done).toMatchObject({ id: held.id, state: "done", trashed_files: 6, confirmed_by: "ada" });
  });

  test("confirms one plan alone: a fresh one of the same scope takes the place of that which waited", async () => {
    await lab.fill({ count: 10 });
    await lab.fill({ count: 6, daysAgo: 31 });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    const first = await run();
    await run({ scope: { purge_only: true } });
    expect(await lab.admin.retention.runs.get(first.id)).toMatchObject({ state: "braked" });
    const second = await run();
    expect(await lab.admin.retention.runs.get(first.id)).toMatchObject({ state: "stale" });
    await expect(run({ planDigest: digestOf(first), confirmedBy: "ada" })).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await run({ planDigest: digestOf(second), confirmedBy: "ada" })).toMatchObject({ state: "done" });
  });

  test("ends partly done at MAX_CHUNKS with the rest counted; a worker that serves does the rest at once, past the brake as before", async () => {
    await lab.fill({ count: 10 });
    const old = await lab.fill({ count: 50, daysAgo: 31 });
    const due = await lab.fill({ count: 25, daysAgo: 40, trashedDaysAgo: 8 });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    const env = { CHUNK_SIZE: "10", MAX_CHUNKS: "2" };
    const first = await run({ confirmedBy: "ada" }, env);
    expect(first).toMatchObject({
      state: "partly_done",
      trashed_files: 20,
      purged_files: 20,
      failed_files: 0,
    });
    expect(first.plan.left).toEqual({ trash_files: 30, purge_files: 5 });
    const signal = new AbortController().signal;
    const asked = { bucket: BUCKET, scope: {}, confirmedBy: "ada", signal };
    const runs = await new BucketRuns().run(lab.worker(env), asked);
    expect(runs.map(({ state }) => state)).toEqual(["partly_done", "done"]);
    expect(runs[1]).toMatchObject({ confirmed_by: "ada", trashed_files: 10 });
    expect(runs[1]?.plan.continues).toBe(runs[0]?.id);
    expect(await states([...old, ...due])).toEqual({ trashed: 50, purged: 25 });
    await checkBooks(lab);
  });

  test("executes one policy's removals alone, while all decide", async () => {
    await lab.fill({ count: 60, everySeconds: 1 });
    const plain = await lab.fill({ count: 5, daysAgo: 40 });
    const dish = await lab.fill({ count: 7, daysAgo: 40, series: "dish 7" });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    const policy = await lab.admin.retention.policies.create({ series: "dish 7", keep_days: 20 });
    expect(await run({ scope: { policy_id: policy.id } })).toMatchObject({ state: "done", trashed_files: 7 });
    expect(await states(plain)).toEqual({ live: 5 });
    expect(await states(dish)).toEqual({ trashed: 7 });
  });

  test("takes --retention-days as a policy of the bucket, behind which more specific ones hold", async () => {
    await lab.fill({ count: 60, everySeconds: 1 });
    const plain = await lab.fill({ count: 5, daysAgo: 10 });
    const dish = await lab.fill({ count: 7, daysAgo: 10, series: "dish 7" });
    await lab.admin.retention.policies.create({ keep_days: 300 });
    await lab.admin.retention.policies.create({ series: "dish 7", keep_days: 100 });
    expect(await run({ scope: { retention_days: 9 } })).toMatchObject({ state: "done", trashed_files: 5 });
    expect(await states(plain)).toEqual({ trashed: 5 });
    expect(await states(dish)).toEqual({ live: 7 });
  });

  test("purges by the next run, not by the same, what a policy without grace removes", async () => {
    await lab.fill({ count: 60, everySeconds: 1 });
    const old = await lab.fill({ count: 5, daysAgo: 10 });
    await lab.admin.retention.policies.create({ keep_days: 9, grace_days: 0 });
    expect(await run()).toMatchObject({ trashed_files: 5, purged_files: 0 });
    expect(await run()).toMatchObject({ trashed_files: 0, purged_files: 5 });
    expect(await states(old)).toEqual({ purged: 5 });
  });

  test("counts all buckets for a policy of any bucket that limits bytes, and removes from its own alone", async () => {
    await lab.rows(
      "insert into storage.buckets (id, name) values ('second', 'second') on conflict do nothing",
    );
    await lab.rows("insert into public.bucket_settings (bucket_id) values ('second') on conflict do nothing");
    await lab.fill({ count: 40, everySeconds: 1 });
    const oldest = await lab.fill({ count: 10, daysAgo: 20, bucket: "second" });
    await lab.admin.retention.policies.create({ max_bytes: 42_000 });
    expect(await run()).toMatchObject({ state: "done", planned_files: 0 });
    const second = await run({ bucket: "second", confirmedBy: "ada" });
    expect(second).toMatchObject({ state: "done", trashed_files: 8 });
    expect(await states(oldest)).toEqual({ live: 2, trashed: 8 });
  });

  test("says who holds the bucket when another worker is at it", async () => {
    const worker = lab.worker();
    await lab.admin.leases.hold(`retention:${BUCKET}`, {
      holder: "pi-lab process 7, pilab-retention run",
      work: () =>
        expect(runRetention(worker, request())).rejects.toMatchObject({
          code: "lock_held",
          message: expect.stringContaining("pi-lab process 7, pilab-retention run"),
        }),
    });
  });

  test("names the buckets there are when it is asked for another", async () => {
    await expect(run({ bucket: "nowhere" })).rejects.toMatchObject({
      code: "bucket_missing",
      message: expect.stringContaining("pilab-dev"),
    });
  });

  test("ends as aborted when it is told to stop, and keeps its counts", async () => {
    await lab.fill({ count: 60, everySeconds: 1 });
    await lab.fill({ count: 12, daysAgo: 31 });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    const stop = new AbortController();
    lab.proxy.inject({
      path: /soft_delete/,
      times: 1,
      fault: { kind: "meanwhile", run: () => stop.abort() },
    });
    await expect(run({ signal: stop.signal }, { CHUNK_SIZE: "5" })).rejects.toMatchObject({
      name: "AbortError",
    });
    const [last] = (await lab.admin.retention.runs.list({ limit: 1 })).runs;
    expect(last).toMatchObject({ state: "aborted" });
    expect(last?.finished_at).not.toBeNull();
  });
});
