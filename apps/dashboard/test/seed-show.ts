import type { DashboardLab } from "./lab.ts";
import { createPainter, type Scene } from "./scenes.ts";

const MINUTE_MS = 60_000;

interface Camera {
  readonly slug: string;
  readonly name: string;
  readonly scene: Scene;
  readonly series: string;
  readonly shotType: string;
  readonly everyMin: number;
  readonly frames: number;
  readonly status: Record<string, unknown>;
}

const CAMERAS: readonly Camera[] = [
  {
    ...{ slug: "greenhouse-1", name: "Greenhouse, north", scene: "seedlings" },
    ...{ series: "tomatoes 2026", shotType: "timelapse", everyMin: 15, frames: 36 },
    status: { state: "idle", queue_files: 0, cpu_temp_c: 51.2 },
  },
  {
    ...{ slug: "dish-cam", name: "Dish camera", scene: "dish" },
    ...{ series: "plate 7", shotType: "macro", everyMin: 5, frames: 30 },
    status: { state: "uploading", queue_files: 3, cpu_temp_c: 58.8 },
  },
  {
    ...{ slug: "roof", name: "Roof", scene: "roof" },
    ...{ series: "sky", shotType: "timelapse", everyMin: 30, frames: 18 },
    status: { state: "server_away", queue_files: 214, cpu_temp_c: 63.1 },
  },
];
const HEALTHY = {
  disk_free_bytes: 21_400_000_000,
  disk_total_bytes: 31_900_000_000,
  clock_synced: true,
  throttled: false,
};
/** The roof's Pi has been silent for so long. */
const SILENT_MIN = 200;

/** A lab to be looked at: drawn pictures of an afternoon, a month of counters, a device that needs somebody. */
export async function seedShow(lab: DashboardLab): Promise<{ captureId: string; deviceId: string }> {
  const now = Date.now();
  const painter = await createPainter(lab.browser);
  let deviceId = "";
  for (const camera of CAMERAS) {
    const { slug, name, scene, series, shotType, everyMin, frames, status } = camera;
    const { id, pilab } = await lab.device(slug, { name, series, expected_interval_s: everyMin * 60 });
    deviceId ||= id;
    const lagMin = slug === "roof" ? SILENT_MIN : 1;
    for (let frame = frames - 1; frame >= 0; frame -= 1) {
      const done = 1 - frame / frames;
      const light = scene === "dish" ? 0.92 : 0.55 + 0.45 * Math.sin(Math.PI * done);
      const takenMs = now - (lagMin + frame * everyMin) * MINUTE_MS;
      await pilab.captures.uploadAndLog(await painter.paint(scene, { growth: 0.15 + 0.85 * done, light }), {
        fileName: `${slug}-${String(frames - frame).padStart(4, "0")}.jpg`,
        shotType,
        series,
        capturedAt: new Date(takenMs),
      });
    }
    await pilab.device.reportStatus({ agent_version: "0.1.0", ...HEALTHY, ...status });
  }
  await painter.close();
  await lab.supabase.sql.exec(HISTORY);
  const { captures } = await lab.service.captures.list({ limit: 100 });
  const ids = captures.map(({ id }) => id);
  await lab.service.captures.pin(ids.slice(2, 4));
  await lab.service.captures.softDelete(ids.slice(30, 36), { reason: "blurred" });
  await lab.service.workers.tick({
    ...{ name: "retention", host: "lab-server", version: "0.1.0", started_at: null },
    ...{ schedule: null, last_error: null, channels: {} },
  });
  await lab.service.alerts.evaluate({ single: true });
  return { captureId: ids[3] as string, deviceId };
}

// What the counters would hold after a month, the hours and days before the afternoon of the pictures.
const HISTORY = /* sql */ `
  update public.bucket_settings set quota_bytes = 20000000000, time_zone = 'Europe/Berlin' where bucket_id = 'pilab-dev';
  update public.device_status set reported_at = now() - interval '${SILENT_MIN} minutes'
  where device_id = (select id from public.devices where slug = 'roof');
  update public.devices set created_at = now() - interval '40 days';
  update public.captures set created_at = captured_at + interval '8 seconds';
  update public.capture_batches set created_at = newest_captured_at + interval '8 seconds' where newest_captured_at is not null;
  insert into public.upload_stats_hourly as kept (device_id, hour, ok, failed, duplicate, bytes)
  select d.id, hour, n, case when random() < 0.05 then 1 else 0 end, case when random() < 0.2 then 2 else 0 end, n * 620000
  from public.devices d
  cross join generate_series(date_trunc('hour', now()) - interval '30 days', date_trunc('hour', now()), interval '1 hour') as hour
  cross join lateral (select 6 + (6 * random())::int as n) as amount
  where d.slug <> 'roof' or hour < now() - interval '${SILENT_MIN} minutes'
  on conflict (device_id, hour) do update set ok = kept.ok + excluded.ok, bytes = kept.bytes + excluded.bytes;
  insert into public.capture_stats_daily as kept (bucket_id, day, device_id, shot_type, series, live_files, live_bytes)
  select 'pilab-dev', day::date, d.id, case d.slug when 'dish-cam' then 'macro' else 'timelapse' end, d.series, n, n * 620000
  from public.devices d
  cross join generate_series(current_date - 29, current_date - 1, interval '1 day') as day
  cross join lateral (select 140 + (90 * random())::int as n) as amount
  on conflict do nothing;
  insert into public.capture_totals as kept (bucket_id, device_id, shot_type, series, live_files, live_bytes)
  select bucket_id, device_id, shot_type, series, sum(live_files), sum(live_bytes) from public.capture_stats_daily group by 1, 2, 3, 4
  on conflict (bucket_id, device_id, shot_type, series) do update set live_files = excluded.live_files, live_bytes = excluded.live_bytes;
`;
