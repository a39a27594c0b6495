import { randomUUID } from "node:crypto";
import { runAnswer } from "@pilab/schema";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import type { Person } from "./account.ts";
import type { DashboardLab } from "./lab.ts";
import { createPainter, type Scene } from "./scenes.ts";
import { seedHistory } from "./seed-lab.ts";
import { startWorker } from "./worker.ts";

const MINUTE_MS = 60_000;
const DAY_MIN = 24 * 60;

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

const QUARANTINE = {
  last_quarantine_reason: "roof-0412.jpg: the picture ends in the middle (JPEG without its end)",
};

const CAMERAS: readonly Camera[] = [
  {
    ...{ slug: "greenhouse-1", name: "Greenhouse, north", scene: "seedlings" },
    ...{ series: "tomatoes 2026", shotType: "timelapse", everyMin: 15, frames: 36 },
    status: { state: "idle", queue_files: 0, cpu_temp_c: 51.2 },
  },
  {
    ...{ slug: "dish-cam", name: "Dish camera", scene: "dish" },
    ...{ series: "plate 7", shotType: "macro", everyMin: 5, frames: 30 },
    status: { state: "uploading", queue_files: 3, cpu_temp_c: 81.4, throttled: true },
  },
  {
    ...{ slug: "roof", name: "Roof", scene: "roof" },
    ...{ series: "sky", shotType: "timelapse", everyMin: 30, frames: 18 },
    status: { state: "server_away", queue_files: 214, cpu_temp_c: 63.1, quarantined_files: 2, ...QUARANTINE },
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

/** What pictures of such a lab are about. */
export interface Show {
  readonly captureId: string;
  readonly viewer: Person;
  readonly policyId: string;
  /** Retention runs, by what they show. */
  readonly runs: { readonly dry: string; readonly braked: string; readonly done: string };
  /** Stops the worker; its tick goes on, so that no page says that none is there. Channels are there from then on. */
  withoutWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** A lab to be looked at: drawn pictures of an afternoon, a month of counters, policies and their runs, people, alerts. */
export async function seedShow(lab: DashboardLab): Promise<Show> {
  const { supabase, service } = lab;
  const admin = createPilabClient({ url: supabase.url, key: supabase.anonKey, ...supabase.admin });
  const greenhouse = await seedCameras(lab);
  await supabase.sql.exec(HISTORY);
  const dora = await service.people.create({ email: "dora@lab.example", role: "viewer" });
  for (const [email, role] of [
    ["ada@lab.example", "admin"],
    ["ben@lab.example", "operator"],
    ["chiara@lab.example", "viewer"],
    ["notebook@programs.pilab.invalid", "viewer"],
  ] as const) {
    await service.people.create({ email, role });
  }
  const old = await lab.device("old-pi", { name: "The old Pi" });
  await admin.devices.retire(old.id);

  const { captures } = await admin.captures.list({ limit: 100 });
  const ids = captures.map(({ id }) => id);
  await admin.captures.pin(ids.slice(2, 4));
  await admin.captures.softDelete(ids.slice(30, 36), { reason: "blurred" });
  await seedAlerts(admin, service, greenhouse);

  const worker = await startWorker(lab, { AUDIT_HEAD_FILE: `/tmp/pilab-show-${randomUUID()}.jsonl` });
  const retention = await seedRetention(admin);
  let ticking: ReturnType<typeof setInterval> | undefined;
  return {
    ...retention,
    captureId: ids[3] as string,
    viewer: { email: "dora@lab.example", password: dora.password },
    async withoutWorker() {
      await worker.stop();
      await seedChannels(lab, admin);
      await tick(service);
      ticking ??= setInterval(() => void tick(service).catch(() => {}), MINUTE_MS);
    },
    async stop() {
      clearInterval(ticking);
      await worker.stop();
      await admin.close();
    },
  };
}

/** A worker's sign of life. */
export const tick = (service: PilabClient) =>
  service.workers.tick({
    ...{ name: "retention", host: "lab-server", version: "0.1.0", started_at: null },
    ...{ schedule: "03:00", last_error: null, channels: { "lab-room": true } },
  });

/** Answers the first camera's client. */
async function seedCameras(lab: DashboardLab): Promise<PilabClient> {
  const now = Date.now();
  const painter = await createPainter(lab.browser);
  const clients: PilabClient[] = [];
  for (const camera of CAMERAS) {
    const { slug, name, scene, series, shotType, everyMin, frames, status } = camera;
    const { id, pilab } = await lab.device(slug, { name, series, expected_interval_s: everyMin * 60 });
    clients.push(pilab);
    if (slug !== "roof")
      await seedHistory(lab, id, { temperature: scene === "dish" ? 72 : 48, free: 21e9, waiting: 40 });
    const take = async (frame: number, of: number, agoMin: number, inSeries: string) => {
      const done = 1 - frame / of;
      const light = scene === "dish" ? 0.92 : 0.55 + 0.45 * Math.sin(Math.PI * done);
      await pilab.captures.uploadAndLog(await painter.paint(scene, { growth: 0.15 + 0.85 * done, light }), {
        fileName: `${slug}-${String(of - frame).padStart(4, "0")}.jpg`,
        shotType,
        series: inSeries,
        capturedAt: new Date(now - agoMin * MINUTE_MS),
      });
    };
    const lagMin = slug === "roof" ? SILENT_MIN : 1;
    for (let frame = frames - 1; frame >= 0; frame -= 1) {
      await take(frame, frames, lagMin + frame * everyMin, series);
    }
    // The plate before: what retention removes.
    if (slug === "dish-cam") {
      for (let frame = 15; frame >= 0; frame -= 1)
        await take(frame, 16.5, 25 * DAY_MIN + frame * 1900, "plate 6");
    }
    await pilab.device.reportStatus({ agent_version: "0.1.0", ...HEALTHY, ...status });
  }
  await painter.close();
  return clients[0] as PilabClient;
}

/** One that is over, one that somebody has taken on, one that is silenced, and what is left. */
async function seedAlerts(
  { alerts }: PilabClient,
  { alerts: { evaluate } }: PilabClient,
  device: PilabClient,
): Promise<void> {
  await device.device.reportStatus({ ...HEALTHY, disk_free_bytes: 900_000_000 });
  await evaluate({ single: true });
  await device.device.reportStatus({
    agent_version: "0.1.0",
    ...HEALTHY,
    state: "idle",
    queue_files: 0,
    cpu_temp_c: 51.2,
  });
  await evaluate({ single: true });
  const { alerts: open } = await alerts.list({ state: "unresolved" });
  if (open[1]) await alerts.acknowledge([open[1].id]);
  if (open[2]) await alerts.silence([open[2].id], new Date(Date.now() + 8 * 60 * MINUTE_MS));
}

/** Three policies; the plate before goes, once somebody has let it pass the brake. */
async function seedRetention(admin: PilabClient): Promise<Pick<Show, "policyId" | "runs">> {
  const { policies } = admin.retention;
  await policies.create({ keep_days: 365, thin_every: "hour", thin_after_days: 60, thin_keep: "sharpest" });
  await policies.create({ series: "sky", keep_last: 1000, max_bytes: 5e9, grace_days: 3 });
  const plate = await policies.create({
    series: "plate 6",
    keep_days: 30,
    grace_days: 14,
    brake_share: 0.25,
  });
  const run = async (args: object) => {
    const { id } = await admin.requests.ask("run", { bucket: admin.bucket, ...args });
    const { result, error } = await admin.requests.wait(id);
    if (error !== null) throw new Error(error);
    return runAnswer.parse(result).runs.at(-1)?.id as string;
  };
  const dry = await run({ dry_run: true });
  const { plan } = await admin.retention.runs.get(await run({}));
  const done = await run({ plan: (plan as { digest: string }).digest, confirm: true });
  // Some are brought back, and the next run waits for somebody.
  const trash = await admin.retention.trashPage({ bucket: admin.bucket, limit: 100 });
  const removed = trash.captures.filter(({ series }) => series === "plate 6");
  await admin.captures.restore(removed.slice(0, 6).map(({ id }) => id));
  return { policyId: plate.id, runs: { dry, done, braked: await run({}) } };
}

/** Whom alerts are told, and messages that went and did not: there is nobody to send them to from here. */
async function seedChannels(
  { supabase: { sql } }: DashboardLab,
  { alerts: { channels } }: PilabClient,
): Promise<void> {
  await channels.create({ kind: "slack", name: "lab-room", secret_env: "ALERT_LAB_ROOM" });
  await channels.create({
    ...{ kind: "email", name: "night-mail", secret_env: "ALERT_MAIL", min_severity: "critical" },
    config: { from: "pilab@lab.example", to: ["ada@lab.example", "ben@lab.example"] },
  });
  await sql.exec(MESSAGES);
}

/** What the counters would hold after a month, the hours and days before the afternoon of the pictures. */
export const HISTORY = /* sql */ `
  update public.bucket_settings set quota_bytes = 20000000000, time_zone = 'Europe/Berlin' where bucket_id = 'pilab-dev';
  update public.device_status set reported_at = now() - interval '${SILENT_MIN} minutes'
  where device_id = (select id from public.devices where slug = 'roof');
  update public.devices set created_at = now() - interval '40 days';
  update public.captures set created_at = captured_at + interval '8 seconds';
  update public.capture_batches set created_at = newest_captured_at + interval '8 seconds' where newest_captured_at is not null;
  -- What is made here has no objects, which a scrub would rightly call damaged: its share of today is read.
  insert into public.scrubs (bucket_id, day, day_files) values ('pilab-dev', (now() at time zone 'UTC')::date, 1000000);
  insert into public.upload_stats_hourly as kept (device_id, hour, ok, failed, duplicate, bytes)
  select d.id, hour, n, case when random() < 0.05 then 1 else 0 end, case when random() < 0.2 then 2 else 0 end, n * 620000
  from public.devices d
  cross join generate_series(date_trunc('hour', now()) - interval '30 days', date_trunc('hour', now()), interval '1 hour') as hour
  cross join lateral (select 6 + (6 * random())::int as n) as amount
  where d.slug <> 'roof' or hour < now() - interval '${SILENT_MIN} minutes'
  on conflict (device_id, hour) do update set ok = kept.ok + excluded.ok, bytes = kept.bytes + excluded.bytes;
  insert into public.captures (id, bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, series, shot_type,
    captured_at, captured_at_source, created_at)
  select gen_random_uuid(), 'pilab-dev', d.slug || '/before/' || n || '.jpg', n || '.jpg',
    encode(sha256(convert_to(d.slug || n, 'UTF8')), 'hex'), 450000 + (250000 * random())::int, 'image/jpeg', d.id,
    case d.slug when 'dish-cam' then 'plate 5' when 'roof' then 'clouds' else 'seedlings' end,
    case d.slug when 'dish-cam' then 'macro' else 'timelapse' end, taken.at, 'exif', taken.at + interval '8 seconds'
  from public.devices d
  cross join lateral generate_series(1, 30 * 86400 / d.expected_interval_s) as n
  cross join lateral (
    select min(captured_at) - make_interval(secs => n * d.expected_interval_s::float8) as at
    from public.captures where device_id = d.id and captured_at > now() - interval '1 day'
  ) as taken
  -- A night without power, and a camera that failed now and then.
  where taken.at not between now() - interval '5 days 9 hours' and now() - interval '5 days 2 hours' and random() > 0.004;
  -- The dish's camera was stuck for some hours.
  delete from public.captures where series = 'plate 5' and captured_at between now() - interval '80 hours' and now() - interval '75 hours';
  update public.captures set repeat_count = 60, last_repeated_at = captured_at + interval '5 hours'
  where id = (select id from public.captures where series = 'plate 5' and captured_at < now() - interval '80 hours' order by captured_at desc limit 1);
`;

const MESSAGES = /* sql */ `
  insert into public.alert_deliveries (channel_id, kind, group_key, message, state, attempts, last_error, created_at, sent_at)
  select c.id, m.kind, m.rule, jsonb_build_object('title', m.title, 'severity', 'warning', 'status', m.status, 'rule_key', m.rule,
      'alerts', '[]'::jsonb, 'more', 0, 'counts', '{"opened": 1, "rose": 0, "resolved": 0, "still": 0}'::jsonb),
    m.state, m.attempts, m.error, now() - m.ago, case when m.state = 'sent' then now() - m.ago + interval '2 seconds' end
  from (values
    ('lab-room', 'alert', 'device_silent', 'Silent device: Roof', 'firing', 'sent', 1, null, interval '2 hours'),
    ('lab-room', 'alert', 'disk_low', 'Resolved: Card nearly full', 'resolved', 'sent', 1, null, interval '9 hours'),
    ('night-mail', 'test', 'test', 'A test', 'test', 'failed', 5, 'the mail server refused: 535 wrong password', interval '1 day')
  ) as m (channel, kind, rule, title, status, state, attempts, error, ago)
  join public.alert_channels c on c.name = m.channel;
`;
