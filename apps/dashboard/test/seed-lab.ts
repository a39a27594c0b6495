import type { DashboardLab } from "./lab.ts";

const MINUTE_MS = 60_000;

/** Gives a lab some life: devices in several states, a day of captures, some of them pinned and some in the trash. */
export async function seedLab(lab: DashboardLab): Promise<{ captureId: string; deviceId: string }> {
  const now = Date.now();
  const at = (minutesAgo: number) => new Date(now - minutesAgo * MINUTE_MS);
  const green = await lab.device("greenhouse-1", { name: "Greenhouse, north", expected_interval_s: 300 });
  const dish = await lab.device("dish-cam", {
    name: "Dish camera",
    expected_interval_s: 60,
    series: "dish 7",
  });
  await lab.device("roof", { name: "Roof" });
  const old = await lab.device("old-pi", { name: "The old Pi" });
  await lab.service.devices.retire(old.id);

  for (const [device, shotType, series, count, everyMin] of [
    [green, "timelapse", "tomatoes 2026", 40, 45],
    [dish, "macro", "dish 7", 24, 5],
  ] as const) {
    for (let frame = 0; frame < count; frame += 1) {
      const capturedAt = at(frame * everyMin + 1);
      await device.pilab.captures.uploadAndLog(await lab.picture({ width: 800, height: 600 }), {
        shotType,
        series,
        capturedAt,
      });
    }
    await device.pilab.captures.reportUploads({
      journalId: crypto.randomUUID(),
      seq: 1,
      totals: { ok: count, failed: device === dish ? 2 : 0, duplicate: 3, bytes: count * 60_000 },
    });
  }
  const healthy = {
    agent_version: "0.1.0",
    state: "idle",
    queue_files: 0,
    queue_bytes: 0,
    disk_free_bytes: 21.4e9,
    disk_total_bytes: 31.3e9,
    card_bytes_written_today: 412e6,
    cpu_temp_c: 52.5,
    throttled: false,
    clock_synced: true,
    quarantined_files: 0,
    uplink_bytes_per_s: 1.2e6,
    last_upload_at: at(1).toISOString(),
  };
  await green.pilab.device.reportStatus(healthy);
  await dish.pilab.device.reportStatus({
    ...healthy,
    state: "uploading",
    queue_files: 812,
    queue_bytes: 1.9e9,
    oldest_queued_at: at(190).toISOString(),
    disk_free_bytes: 2.1e9,
    cpu_temp_c: 81.4,
    throttled: true,
    quarantined_files: 3,
    last_quarantine_reason: "dish-0412.jpg: the picture ends in the middle (JPEG without its end)",
  });
  await seedHistory(lab, green.id, { temperature: 50, free: 24e9, waiting: 0 });
  await seedHistory(lab, dish.id, { temperature: 72, free: 9e9, waiting: 800 });

  const { captures } = await lab.service.captures.list({ limit: 60 });
  const ids = captures.map(({ id }) => id);
  await lab.service.captures.pin(ids.slice(2, 5));
  await lab.service.captures.softDelete(ids.slice(20, 30), { reason: "blurred" });
  return { captureId: ids[3] as string, deviceId: green.id };
}

/** A week of heartbeats, by the hour, with a gap and a bad hour in it. */
export async function seedHistory(
  lab: DashboardLab,
  deviceId: string,
  { temperature, free, waiting }: { temperature: number; free: number; waiting: number },
): Promise<void> {
  await lab.supabase.sql.transaction((tx) =>
    tx.query(
      `insert into public.device_status_hourly (device_id, hour, reported_at, reports, queue_files, queue_files_max,
         disk_free_bytes, disk_free_bytes_min, disk_total_bytes, cpu_temp_c_max, throttled, clock_unsynced, instance_changes)
       select $1, at, at, 60, queue, queue, free, free, 31.3e9::bigint, $2 + 6 * sin(n / 3.8), n = 30, false, (n = 31)::int
       from (
         select n, date_trunc('hour', now()) - make_interval(hours => n) as at,
           greatest(0, $4 - 20 * n)::int as queue, ($3::float8 + 3e7 * n)::bigint as free
         from generate_series(1, 168) as n where n not between 8 and 11
       ) as past
       on conflict do nothing`,
      [deviceId, temperature, free, waiting],
    ),
  );
}
