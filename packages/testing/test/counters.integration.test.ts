import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seedCaptures } from "../src/seed-captures.ts";
import { type Item, loseObject, startTestLab, type TestDevice, type TestLab } from "../src/test-lab.ts";

describe.each(["pglite", "postgres"] as const)("counters on %s", { timeout: 60_000 }, (engine) => {
  let lab: TestLab;
  let devices: TestDevice[];

  beforeAll(async () => {
    lab = await startTestLab(engine);
    devices = [await lab.addDevice("pi-1"), await lab.addDevice("pi-2")];
  }, 60_000);
  afterAll(() => lab?.stop());

  const sql = async (text: string, params: unknown[] = []) =>
    (await lab.supabase.sql.transaction((tx) => tx.query(text, params))).rows;

  /** capture_stats_daily and capture_totals as they should be, from captures themselves; rows that count nothing are not compared. */
  const RECOUNTED = /* sql */ `
    with recounted as (
      select bucket_id, (created_at at time zone 'UTC')::date as day, device_id, shot_type, series,
        count(*) filter (where deleted_at is null) as live_files,
        coalesce(sum(size_bytes + coalesce(thumbnail_bytes, 0)) filter (where deleted_at is null), 0)::bigint as live_bytes,
        count(*) filter (where deleted_at is not null and purging_at is null) as trashed_files,
        coalesce(sum(size_bytes + coalesce(thumbnail_bytes, 0)) filter (where deleted_at is not null and purging_at is null), 0)::bigint as trashed_bytes,
        count(*) filter (where purging_at is not null and purged_at is null) as purging_files,
        coalesce(sum(size_bytes + coalesce(thumbnail_bytes, 0)) filter (where purging_at is not null and purged_at is null), 0)::bigint as purging_bytes,
        count(*) filter (where purged_at is not null) as purged_files,
        coalesce(sum(size_bytes + coalesce(thumbnail_bytes, 0)) filter (where purged_at is not null), 0)::bigint as purged_bytes
      from public.captures group by 1, 2, 3, 4, 5
    ),
    kept as (select * from public.capture_stats_daily where live_files + trashed_files + purging_files + purged_files > 0),
    summed as (
      select bucket_id, device_id, shot_type, series, sum(live_files)::bigint, sum(live_bytes)::bigint, sum(trashed_files)::bigint, sum(trashed_bytes)::bigint,
        sum(purging_files)::bigint, sum(purging_bytes)::bigint, sum(purged_files)::bigint, sum(purged_bytes)::bigint
      from recounted group by 1, 2, 3, 4
    ),
    totals as (select * from public.capture_totals where live_files + trashed_files + purging_files + purged_files > 0),
    wrong_totals as ((select * from totals except all select * from summed) union all (select * from summed except all select * from totals))
    (select 'kept only' as side, * from kept except all select 'kept only', * from recounted)
    union all (select 'recounted only' as side, * from recounted except all select 'recounted only', * from kept)
    union all select 'total', bucket_id, null, device_id, shot_type, series, live_files, live_bytes, trashed_files, trashed_bytes,
      purging_files, purging_bytes, purged_files, purged_bytes from wrong_totals`;

  test("equal a recount after any mixture of arrivals, repeats, edits, removals and purges", async () => {
    let arrivals = 0;
    const arrive = fc.record({
      kind: fc.constant("arrive" as const),
      device: fc.nat(1),
      sizes: fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }),
      thumbnail: fc.boolean(),
      series: fc.constantFrom(null, "a", "b"),
      shotType: fc.constantFrom(null, "top"),
    });
    const change = fc.record({
      kind: fc.constant("change" as const),
      set: fc.constantFrom(
        "deleted_at = now(), pinned_at = null where deleted_at is null",
        "deleted_at = null, delete_reason = null where purging_at is null",
        "purging_at = now() where deleted_at is not null and pinned_at is null",
        "purged_at = now(), exif = '{}', metadata = '{}' where purging_at is not null",
        "series = 'c' where true",
        "shot_type = null, size_bytes = size_bytes + 1 where true",
        "created_at = created_at - interval '1 day' where true",
        "repeat_count = repeat_count + 1, last_repeated_at = now() where true",
      ),
      // Which rows, by the first hex digit of their hash.
      below: fc.integer({ min: 1, max: 15 }),
    });
    const remove = fc.record({ kind: fc.constant("remove" as const), below: fc.integer({ min: 1, max: 3 }) });

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(arrive, change, remove), { minLength: 3, maxLength: 12 }),
        async (steps) => {
          for (const step of steps) {
            if (step.kind === "arrive") {
              const device = devices[step.device] as TestDevice;
              const fields = { series: step.series, shot_type: step.shotType };
              const items = [];
              for (const size of step.sizes) {
                const name = `${arrivals++}.jpg`;
                items.push(await device.place(name, { ...fields, size_bytes: size }));
                if (step.thumbnail)
                  await device.place(`${name}.webp`, { bucket_id: "pilab-dev-thumbs", size_bytes: 9 });
              }
              await device.log([
                ...items,
                ...items.map((item) => ({ ...item, captured_at: "2026-01-01T00:00:00Z" })),
              ]);
            } else {
              const which = `sha256 < '${step.below.toString(16)}'`;
              // As the owner: the counters hold for every writer, whatever it may do.
              await sql(
                step.kind === "remove"
                  ? `delete from public.captures where ${which}`
                  : `update public.captures set ${step.set} and ${which}`,
              );
            }
            expect(await sql(RECOUNTED)).toEqual([]);
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  test("survive writers that move captures between the same counters in different orders at once", async () => {
    const series = ["a", "b", "c", "d", "e", "f"];
    for (const device of devices) {
      const items = series.flatMap((name, index) =>
        Array.from({ length: 3 }, () =>
          device.place(`${randomUUID()}.jpg`, { series: name, size_bytes: 7001 + index }),
        ),
      );
      await device.log(await Promise.all(items));
    }
    // Each writer has rows of its own, so only the counters can make one wait for another.
    const move = (index: number, round: number) =>
      lab.service
        .from("captures")
        .update({ series: series[(index * 5 + round) % 6] ?? null })
        .eq("size_bytes", 7001 + index)
        .throwOnError();
    for (let round = 0; round < 12; round++) await Promise.all(series.map((_, index) => move(index, round)));
    expect(await sql(RECOUNTED)).toEqual([]);
  });

  test("count seeded captures, each of which has its object, its device and its hour of uploads", async () => {
    await seedCaptures(lab.supabase.sql, { captures: 400, days: 60, devices: 3 });
    expect(await sql(RECOUNTED)).toEqual([]);
    expect(
      await sql(`
        select count(*)::int as captures, count(o.id)::int as objects, count(distinct c.device_id)::int as devices,
          (select sum(ok)::int from public.upload_totals) as uploads
        from public.captures c left join storage.objects o
          on o.id = c.storage_object_id and o.name = c.object_path and (o.metadata ->> 'size')::bigint = c.size_bytes
        where c.object_path like 'seed-%'`),
    ).toEqual([{ captures: 400, objects: 400, devices: 3, uploads: 400 }]);
  });

  test("give storage_usage its numbers, thumbnails in the bytes", async () => {
    await sql("delete from public.captures");
    const [pi] = devices as [TestDevice];
    const items = [
      await pi.place("usage/live.jpg", { size_bytes: 1000, series: "s", shot_type: "top" }),
      await pi.place("usage/trash.jpg", { size_bytes: 200 }),
      await pi.place("usage/purging.jpg", { size_bytes: 30 }),
      await pi.place("usage/purged.jpg", { size_bytes: 4 }),
    ];
    await pi.place("usage/live.jpg.webp", { bucket_id: "pilab-dev-thumbs", size_bytes: 50_000 });
    await pi.log(items);
    const now = new Date().toISOString();
    const change = (name: string, to: object) =>
      lab.service.from("captures").update(to).eq("object_path", `pi-1/usage/${name}.jpg`).throwOnError();
    await change("trash", { deleted_at: now });
    await change("purging", { deleted_at: now, purging_at: now });
    await loseObject(lab.supabase, items[3] as Item);
    await change("purged", { deleted_at: now, purging_at: now, purged_at: now });

    const viewer = await lab.signIn("viewer");
    const { data } = await viewer.rpc("storage_usage", { bucket_id: "pilab-dev" }).throwOnError();
    expect(data).toMatchObject({
      bucket_id: "pilab-dev",
      quota_bytes: null,
      live: { files: 1, bytes: 51_000 },
      trashed: { files: 1, bytes: 200 },
      purging: { files: 1, bytes: 30 },
      purged: { files: 1, bytes: 4 },
      stored: { files: 3, bytes: 51_230 },
      by_series: [
        { series: "s", files: 1, bytes: 51_000 },
        { series: null, files: 2, bytes: 230 },
      ],
    });
    const usage = data as { by_device: unknown[]; by_day: { day: string; files: number }[] };
    expect(usage.by_device[0]).toEqual({ device_id: pi.id, slug: "pi-1", files: 3, bytes: 51_230 });
    expect(usage.by_day).toHaveLength(30);
    expect(usage.by_day.at(-1)).toMatchObject({ day: now.slice(0, 10), files: 4, bytes: 51_234 });

    expect((await viewer.rpc("storage_usage", { bucket_id: "elsewhere" })).error?.code).toBe("22023");
    expect((await pi.client.rpc("storage_usage", { bucket_id: "pilab-dev" })).error?.code).toBe("42501");
  });
});
