import { randomUUID } from "node:crypto";
import { startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createPilabClient,
  healthReport,
  type ListOptions,
  type PilabClient,
  prometheusMetrics,
  successRate,
  usageReport,
} from "../src/index.ts";

const HOUR = 3_600_000;
const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * HOUR);

describe.each(["pglite", "postgres"] as const)("reads of the fleet on %s", (engine) => {
  let supabase: TestSupabase;
  let service: PilabClient;
  let admin: PilabClient;
  const clients: PilabClient[] = [];

  beforeAll(async () => {
    supabase = await startTestSupabase({ engine });
    const { url, anonKey: key, serviceRoleKey: serviceKey } = supabase;
    service = createPilabClient({ url, key, serviceKey });
    admin = createPilabClient({ url, key, ...supabase.admin });
    clients.push(service, admin);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await supabase?.stop();
  });

  const sql = (text: string, params: unknown[] = []) =>
    supabase.sql.transaction((tx) => tx.query(text, params));

  async function device(settings: { series?: string; expected_interval_s?: number } = {}) {
    const made = await service.devices.create({ slug: `pi-${randomUUID().slice(0, 8)}`, ...settings });
    const { url, anonKey: key } = supabase;
    const pilab = createPilabClient({ url, key, ...made.credentials });
    clients.push(pilab);
    return { ...made.device, pilab };
  }

  /** Rows as log_captures would leave them, without objects. */
  async function captures(
    of: { id: string; slug: string },
    rows: { takenAt: Date; createdAt?: Date; series?: string; bytes?: number; deletedAt?: Date }[],
  ) {
    for (const row of rows) {
      const id = randomUUID();
      await sql(
        `insert into public.captures (id, bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, captured_at,
           captured_at_source, created_at, series, deleted_at)
         values ($1, 'pilab-dev', $2, 'a.jpg', encode(sha256(convert_to($2, 'UTF8')), 'hex'), $3, 'image/jpeg', $4, $5, 'exif', $6, $7, $8)`,
        [
          id,
          `${of.slug}/${id}.jpg`,
          row.bytes ?? 100,
          of.id,
          row.takenAt.toISOString(),
          (row.createdAt ?? row.takenAt).toISOString(),
          row.series ?? null,
          row.deletedAt?.toISOString() ?? null,
        ],
      );
    }
  }

  test("devices.list shows each with heartbeat, newest live picture and state, by the server's clock", async () => {
    const quiet = await device();
    const busy = await device({ expected_interval_s: 60 });
    for (const instance of ["a", "b", "a"])
      await busy.pilab.device.reportStatus({ state: "idle", queue_files: 3, instance });
    await captures(busy, [{ takenAt: at(3) }, { takenAt: at(2) }, { takenAt: at(1), deletedAt: at(0) }]);
    const devices = await admin.devices.list();
    const shown = devices.find(({ id }) => id === busy.id);
    expect(shown).toMatchObject({
      state: "late",
      status: { queue_files: 3, state: "idle" },
      instance_changes: 2,
    });
    expect(Math.round((Date.now() - Date.parse(shown?.last_capture?.captured_at ?? "")) / HOUR)).toBe(2);
    expect(devices.find(({ id }) => id === quiet.id)).toMatchObject({
      state: "never",
      status: null,
      last_capture: null,
      last_arrival_at: null,
      instance_changes: 0,
    });
    expect(devices.map(({ slug }) => slug)).toEqual(devices.map(({ slug }) => slug).toSorted());
    // A device sees itself alone.
    expect((await busy.pilab.devices.list()).map(({ id }) => id)).toEqual([busy.id]);
    await expect(busy.pilab.devices.get(quiet.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("devices.update and retire change what the role may, and say what it may not", async () => {
    const { id, pilab } = await device();
    const changed = await admin.devices.update(id, { name: "Bench", series: "moss", expected_interval_s: 5 });
    expect(changed).toMatchObject({ name: "Bench", series: "moss", expected_interval_s: 5 });
    await expect(admin.devices.update(id, { time_zone: "Berlin" })).rejects.toMatchObject({
      code: "invalid_input",
    });
    await expect(admin.devices.update(id, { slug: "x" } as never)).rejects.toMatchObject({
      code: "invalid_input",
    });
    await expect(pilab.devices.update(id, { name: "Mine" })).rejects.toMatchObject({ code: "not_found" });
    expect((await admin.devices.retire(id)).retired_at).not.toBeNull();
    expect((await admin.devices.get(id)).state).toBe("retired");
    await expect(admin.devices.retire(randomUUID())).rejects.toMatchObject({ code: "not_found" });
  });

  test("devices.history gives an hour for each in which it reported", async () => {
    const { id, pilab } = await device();
    await pilab.device.reportStatus({ queue_files: 1 });
    await pilab.device.reportStatus({ queue_files: 4 });
    const [hour, ...others] = await admin.devices.history(id, { since: at(2) });
    expect(hour).toMatchObject({ reports: 2, queue_files: 4, queue_files_max: 4 });
    expect(others).toEqual([]);
  });

  test("uploads.stats has every hour or day, the counted ones and the empty ones", async () => {
    const { id, pilab } = await device();
    const totals = { ok: 8, failed: 2, duplicate: 3, bytes: 800 };
    await pilab.captures.reportUploads({ journalId: randomUUID(), seq: 1, totals });
    await pilab.captures.reportUploads({ journalId: randomUUID(), seq: 1, totals });
    const hours = await admin.uploads.stats({ since: at(23), device: id });
    expect(hours).toHaveLength(24);
    expect(hours.at(-1)).toMatchObject({ ok: 16, failed: 4, duplicate: 6, bytes: 1600 });
    expect(hours.slice(0, -1).every(({ ok }) => ok === 0)).toBe(true);
    expect(successRate(hours)).toBe(0.8);
    const days = await admin.uploads.stats({
      since: at(48),
      by: "day",
      timeZone: "Asia/Kolkata",
      device: id,
    });
    expect(days.length).toBeGreaterThanOrEqual(3);
    expect(days.every(({ at: day }) => new Date(day).getUTCHours() === 18)).toBe(true);
    expect(days.reduce((sum, { ok }) => sum + ok, 0)).toBe(16);
    await expect(admin.uploads.stats({ since: at(24 * 90) })).rejects.toMatchObject({
      code: "invalid_input",
    });
  });

  test("uploads.stats counts each upload once over a change of the clocks", async () => {
    const { id } = await device();
    // The night in which Berlin has 02:00 twice.
    for (const hour of ["2025-10-25T23", "2025-10-26T00", "2025-10-26T01", "2025-10-26T02"])
      await sql("insert into public.upload_stats_hourly values ($1, $2, 1, 0, 0, 0)", [id, `${hour}:00Z`]);
    const range = { since: new Date("2025-10-25T12:00Z"), until: new Date("2025-10-27T00:00Z"), device: id };
    const zone = { timeZone: "Europe/Berlin" };
    const hours = await admin.uploads.stats({ ...range, ...zone });
    expect(hours.reduce((sum, { ok }) => sum + ok, 0)).toBe(4);
    const days = await admin.uploads.stats({ ...range, ...zone, by: "day" });
    expect(days.map(({ ok }) => ok)).toEqual([0, 4, 0]);
  });

  test("usage.daily adds up arrivals by day and group, whatever became of them", async () => {
    const one = await device();
    const two = await device();
    const series = `s-${randomUUID()}`;
    const day = (n: number) => new Date(Date.UTC(2025, 4, n, 12));
    await captures(one, [
      { takenAt: day(1), series, bytes: 10 },
      { takenAt: day(1), series, bytes: 20, deletedAt: day(3) },
      { takenAt: day(2), bytes: 40 },
    ]);
    await captures(two, [{ takenAt: day(2), series, bytes: 80 }]);
    const range = { since: day(1), until: day(2) };
    expect(await admin.usage.daily(range)).toMatchObject([
      { day: "2025-05-01", key: null, files: 2, bytes: 30, stored_files: 2 },
      { day: "2025-05-02", key: null, files: 2, bytes: 120 },
    ]);
    const bySeries = await admin.usage.daily({ ...range, groupBy: "series" });
    expect(bySeries.filter(({ key }) => key === series).map(({ files }) => files)).toEqual([2, 1]);
    const byDevice = await one.pilab.usage.daily({ ...range, groupBy: "device" });
    expect(byDevice.map(({ key }) => key)).toEqual([one.id, one.id]);
  });

  test("captures.cadence counts frames by when they were taken, removed ones too", async () => {
    const one = await device({ expected_interval_s: 600 });
    const two = await device();
    const series = `s-${randomUUID()}`;
    const minute = (n: number) => new Date(Date.UTC(2025, 5, 1, 10, n));
    await captures(one, [
      { takenAt: minute(0), series },
      { takenAt: minute(59), series, deletedAt: minute(99) },
      { takenAt: minute(60), series },
      { takenAt: minute(70) },
    ]);
    await captures(two, [{ takenAt: minute(130), series }]);
    const range = { since: minute(0), until: minute(180) };
    expect((await admin.captures.cadence({ ...range, device: one.id })).devices).toMatchObject([
      { device_id: one.id, expected_interval_s: 600, received: [2, 2, 0] },
    ]);
    const ofSeries = await admin.captures.cadence({ ...range, series });
    expect(Object.fromEntries(ofSeries.devices.map((d) => [d.device_id, d.received]))).toEqual({
      [one.id]: [2, 1, 0],
      [two.id]: [0, 0, 1],
    });
    const ofTwo = (await admin.captures.cadence({ ...range, device: two.id })).devices;
    expect(ofTwo).toMatchObject([{ received: [0, 0, 1], repeats: [0, 0, 0] }]);
    const tooFine = { ...range, until: new Date(Date.UTC(2026, 5, 1)), bucketMinutes: 1, device: one.id };
    await expect(admin.captures.cadence(tooFine)).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("captures.cadence tells repeats of a picture apart, evenly up to the last, within the time asked for", async () => {
    const one = await device({ expected_interval_s: 600 });
    const minute = (n: number) => new Date(Date.UTC(2025, 5, 1, 10, n));
    await captures(one, [{ takenAt: minute(5) }]);
    await sql(
      `update public.captures set repeat_count = 10, last_repeated_at = captured_at + interval '100 minutes'
       where device_id = '${one.id}'`,
    );
    const cadence = async (from: number, until: number) => {
      const range = { since: minute(from), until: minute(until), device: one.id };
      return (await admin.captures.cadence(range)).devices[0];
    };
    expect(await cadence(0, 180)).toMatchObject({ received: [1, 0, 0], repeats: [5, 5, 0] });
    expect(await cadence(60, 180)).toMatchObject({ received: [0, 0], repeats: [5, 0] });
    expect(await cadence(-60, 30)).toMatchObject({ received: [0, 1], repeats: [0, 2] });
    expect(await cadence(120, 180)).toMatchObject({ received: [0], repeats: [0] });
  });

  test("captures.cadence reads the repeats that touch the time asked for, however many there are", async () => {
    const { id } = await device();
    // As a camera that was stuck for three minutes of every ten leaves them.
    await sql(
      `insert into public.captures (id, bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, captured_at,
         captured_at_source, created_at, repeat_count, last_repeated_at)
       select gen_random_uuid(), 'pilab-dev', 'stuck/' || n || '.jpg', 'a.jpg', encode(sha256(convert_to('stuck' || n, 'UTF8')), 'hex'), 1,
         'image/jpeg', $1, at, 'exif', at, 3, at + interval '3 minutes'
       from generate_series(1, 5000) as n cross join lateral (select timestamptz '2025-01-01Z' + n * interval '10 minutes' as at) as taken`,
      [id],
    );
    await supabase.sql.exec("vacuum analyze public.captures");
    const read = await supabase.sql.transaction(async (tx) => {
      const tuples = `select seq_tup_read + coalesce(idx_tup_fetch, 0) as count from pg_stat_xact_user_tables
        where schemaname = 'public' and relname = 'captures'`;
      const before = (await tx.query<{ count: unknown }>(tuples)).rows[0];
      const { rows } = await tx.query(
        "select * from pilab.repeats_by_step($1, null, '2025-01-20Z', '2025-01-20 02:00Z', '1 hour')",
        [id],
      );
      expect(rows).toMatchObject([{ repeats: expect.anything() }, { repeats: expect.anything() }]);
      const after = (await tx.query<{ count: unknown }>(tuples)).rows[0];
      return Number(after?.count) - Number(before?.count);
    });
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(100);
  });

  test("fleet.overview tells growth, uploads, alerts, workers and devices in one answer", async () => {
    const { id } = await device();
    await sql("update public.bucket_settings set quota_bytes = 1000000000");
    const quotaLeft = 1e9 - (await admin.usage.get()).stored.bytes - 2_000_000;
    // A device of two days ago grows by a day's mean of two days.
    await captures({ id, slug: "pi-x" }, [
      { takenAt: at(48), bytes: 1_000_000 },
      { takenAt: at(24), bytes: 1_000_000 },
    ]);
    const overview = await admin.fleet.overview();
    expect(overview.usage.bucket_id).toBe("pilab-dev");
    expect(overview.growth.bytes_per_day).toBeGreaterThanOrEqual(1_000_000);
    expect(overview.uploads).toHaveLength(24);
    expect(overview.alerts).toEqual({ critical: 0, warning: 0, info: 0, acknowledged: 0 });
    expect(overview.workers).toEqual([]);
    expect(overview.devices.map((d) => d.id)).toContain(id);
    const days = (Date.parse(overview.full_at ?? "") - Date.parse(overview.read_at)) / (24 * HOUR);
    expect(days).toBeCloseTo(quotaLeft / overview.growth.bytes_per_day, 0);
    const one = await device();
    await expect(one.pilab.fleet.overview()).rejects.toMatchObject({ code: "forbidden" });
  });

  test("fleet.metrics gives what prometheusMetrics renders; its counters never fall", async () => {
    const one = await device();
    await captures(one, [
      { takenAt: at(2), bytes: 70 },
      { takenAt: at(1), bytes: 30, deletedAt: at(0) },
    ]);
    const totals = { ok: 8, failed: 2, duplicate: 3, bytes: 800 };
    await one.pilab.captures.reportUploads({ journalId: randomUUID(), seq: 1, totals });
    const label = `{device="${one.slug}"}`;
    const both = `{bucket="pilab-dev",device="${one.slug}"}`;
    const read = async () => prometheusMetrics(await service.fleet.metrics()).split("\n");
    expect(await read()).toEqual(
      expect.arrayContaining([
        `pilab_storage_files_total${both} 2`,
        `pilab_storage_size_bytes${both} 100`,
        `pilab_captures_total${both} 2`,
        `pilab_trash_files${both} 1`,
        `pilab_uploads_total${label} 10`,
        `pilab_uploads_success_total${label} 8`,
        `pilab_uploads_failed_total${label} 2`,
      ]),
    );
    // Hours are removed when they are old; what was counted stays counted.
    await sql("delete from public.upload_stats_hourly where device_id = $1", [one.id]);
    await one.pilab.captures.reportUploads({ journalId: randomUUID(), seq: 1, totals });
    expect(await read()).toContain(`pilab_uploads_total${label} 20`);
    // A device's own account is told of itself alone.
    const own = await one.pilab.fleet.metrics();
    expect(own.devices.map(({ id }) => id)).toEqual([one.id]);
    expect(new Set(own.storage.map(({ device_id }) => device_id))).toEqual(new Set([one.id]));
    expect(own.buckets).toEqual([]);
  });

  test("healthReport is well while all dependencies answer and a worker ticks, and says what is not", async () => {
    await sql("delete from public.worker_status");
    expect(await healthReport(service)).toMatchObject({
      status: "unhealthy",
      dependencies: [{ ok: true }, { ok: true }, { ok: true }],
      worker: { state: "dead", alive: false, tick_at: null, error: null },
    });
    // Whoever may not read of the worker says nothing of it, instead of calling it dead.
    const { url, anonKey } = supabase;
    const anybody = createPilabClient({ url, key: anonKey, accessToken: anonKey });
    expect(await healthReport(anybody)).toMatchObject({
      status: "ok",
      worker: { state: "unknown", alive: null, tick_at: null, error: "forbidden" },
    });
    await anybody.close();
    const worker = { name: "retention", host: "lab", version: "1", started_at: null, schedule: null };
    await service.workers.tick({ ...worker, last_error: null, channels: {} });
    expect(await healthReport(service)).toMatchObject({
      status: "ok",
      worker: { state: "alive", alive: true, version: "1" },
    });
    const nowhere = createPilabClient({
      url: "http://127.0.0.1:9",
      serviceKey: "x",
      retry: { maxAttempts: 1 },
    });
    clients.push(nowhere);
    expect(await healthReport(nowhere)).toMatchObject({
      status: "unhealthy",
      dependencies: [{ error: "network" }, { error: "network" }, { error: "network" }],
      worker: { alive: false, error: "network" },
    });
  });

  test("usageReport has the original's totals beside ours", async () => {
    const report = await usageReport(admin);
    expect(report.total_files).toBe(report.stored.files);
    expect(report.total_size_bytes).toBe(report.stored.bytes);
    expect(report.total_size_mb).toBeCloseTo(report.stored.bytes / 1e6, 1);
  });

  test("captures.list and tiles filter by pin and ranges, in either order, page by page", async () => {
    const one = await device();
    await captures(one, [
      { takenAt: at(4), bytes: 10 },
      { takenAt: at(3), bytes: 20 },
      { takenAt: at(2), bytes: 30 },
      { takenAt: at(1), bytes: 40 },
    ]);
    await sql(
      "update public.captures set sharpness = size_bytes / 100.0, brightness = 0.5 where device_id = $1",
      [one.id],
    );
    const sizes = async (filter: ListOptions) =>
      (await admin.captures.list({ deviceId: one.id, ...filter })).captures.map(
        ({ size_bytes }) => size_bytes,
      );
    expect(await sizes({ sizeBytes: { min: 20, max: 30 } })).toEqual([30, 20]);
    expect(await sizes({ sharpness: { max: 0.25 } })).toEqual([20, 10]);
    expect(await sizes({ brightness: { min: 0.6 } })).toEqual([]);
    await sql("update public.captures set pinned_at = now() where device_id = $1 and size_bytes = 30", [
      one.id,
    ]);
    expect(await sizes({ pinned: true })).toEqual([30]);
    expect(await sizes({ pinned: false })).toEqual([40, 20, 10]);
    await expect(sizes({ sizeBytes: { min: Number.NaN } })).rejects.toMatchObject({ code: "invalid_input" });

    const first = await admin.captures.tiles({ deviceId: one.id, order: "oldest", limit: 3 });
    expect(first.captures.map(({ size_bytes }) => size_bytes)).toEqual([10, 20, 30]);
    expect(first.captures[0]).not.toHaveProperty("exif");
    const rest = { deviceId: one.id, order: "oldest", limit: 3, after: first.next ?? undefined } as const;
    expect((await admin.captures.tiles(rest)).captures.map(({ size_bytes }) => size_bytes)).toEqual([40]);
  });

  test("a device's last picture is the newest; one of a clock that ran ahead is it only until the next one arrives", async () => {
    const one = await device();
    const inYears = new Date("2042-01-01T00:00:00Z");
    const last = async () => {
      const time = (await admin.devices.get(one.id)).last_capture?.captured_at;
      return time === undefined ? undefined : new Date(time);
    };
    await captures(one, [{ takenAt: at(5), createdAt: at(5) }]);
    await captures(one, [{ takenAt: inYears, createdAt: at(4) }]);
    expect(await last()).toEqual(inYears);
    const sane = at(3);
    await captures(one, [{ takenAt: sane }]);
    expect(await last()).toEqual(sane);
    // A backlog is no news of what it sees.
    await captures(one, [{ takenAt: at(40), createdAt: at(1) }]);
    expect(await last()).toEqual(sane);
  });

  test("captures.arrivals are by when the server received them; captures.changes tell what came and went since", async () => {
    const one = await device();
    await captures(one, [
      { takenAt: at(30), createdAt: at(1), bytes: 1 },
      { takenAt: new Date("2042-01-01T00:00:00Z"), createdAt: at(3), bytes: 2 },
      { takenAt: at(2), bytes: 3 },
      { takenAt: at(0), createdAt: at(0), bytes: 4, deletedAt: at(0) },
    ]);
    const deviceId = one.id;
    const sizesOf = (tiles: { size_bytes: number }[]) => tiles.map(({ size_bytes }) => size_bytes);
    expect(sizesOf(await admin.captures.arrivals({ deviceId }))).toEqual([1, 3, 2]);
    expect(sizesOf(await admin.captures.arrivals({ deviceId, since: at(2.5) }))).toEqual([1, 3]);
    expect(sizesOf(await admin.captures.arrivals({ deviceId, state: "trashed" }))).toEqual([4]);

    const { readAt } = await admin.captures.changes({ deviceId, since: new Date() });
    const kept = await admin.captures.list({ deviceId });
    const [newest] = kept.captures;
    await captures(one, [{ takenAt: at(100), createdAt: new Date(), bytes: 5 }]);
    await admin.captures.softDelete([newest?.id as string]);
    const changes = await admin.captures.changes({ deviceId, since: readAt });
    expect(sizesOf(changes.arrived)).toEqual([5]);
    expect(changes.gone).toContain(newest?.id);
    expect(changes.overflow).toBe(false);
    expect(Date.parse(changes.readAt)).toBeGreaterThanOrEqual(Date.parse(readAt));
    expect(await admin.captures.changes({ deviceId, since: at(50), limit: 2 })).toMatchObject({
      overflow: true,
    });
    const trash = await admin.captures.changes({ deviceId, since: readAt, state: "trashed" });
    expect(trash.arrived.map(({ id }) => id)).toContain(newest?.id);
    expect(trash.gone).toEqual([]);
  });
});
