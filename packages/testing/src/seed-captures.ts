import type { Engine } from "@pilab/local-supabase";

/** What {@link seedCaptures} makes. */
export interface Seed {
  readonly captures: number;
  /** The newest is of now, the oldest of so many days ago. Default 400. */
  readonly days?: number;
  /** Default 50. */
  readonly devices?: number;
  readonly bucket?: string;
  /** After each batch. */
  readonly onProgress?: (made: number) => void;
}

const BATCH = 10_000;

/**
 * Makes captures as years of a lab would have left them, by SQL: devices that take turns, experiments of a month, days and
 * nights, some captures in the trash and some pinned. Their objects are rows without files, so there is nothing to see of
 * them; the counters are the database's own. It adds to what is there, to its own devices when they are.
 */
export async function seedCaptures(sql: Engine, seed: Seed): Promise<void> {
  const { captures, days = 400, devices = 50, bucket = "pilab-dev", onProgress } = seed;
  await sql.transaction(async (tx) => {
    await tx.query(DEVICES, [devices]);
    await tx.query(HEARTBEATS);
  });
  // From the oldest on, as they would have come.
  for (let made = 0; made < captures; made += BATCH) {
    const count = Math.min(BATCH, captures - made);
    const first = captures - made - count;
    const spacingS = (days * 86_400) / captures;
    await sql.transaction((tx) => tx.query(CAPTURES, [bucket, first, count, spacingS, devices]));
    onProgress?.(made + count);
  }
  await sql.exec("vacuum analyze");
}

const DEVICES = /* sql */ `
  insert into public.devices (slug, name, expected_interval_s)
  select 'seed-' || lpad(n::text, 2, '0'), 'Seeded camera ' || n, 3600 from generate_series(1, $1::int) n
  on conflict (slug) do nothing`;

const HEARTBEATS = /* sql */ `
  insert into public.device_status (device_id, reported_at, agent_version, state, queue_files, disk_free_bytes, disk_total_bytes, cpu_temp_c, clock_synced)
  select id, now(), 'seed', 'idle', 0, 20000000000, 32000000000, 45 + random() * 15, true
  from public.devices where slug like 'seed-%'
  on conflict (device_id) do update set reported_at = excluded.reported_at`;

// Capture n was received n times the spacing ago, by device n mod devices. One statement, so one round of each trigger.
const CAPTURES = /* sql */ `
  with seeded_devices as materialized (
    select id, slug, row_number() over (order by slug) - 1 as number from public.devices where slug like 'seed-%'
  ),
  frame as materialized (
    select n, d.id as device_id, at, hash, object_id, n / $5::int as nth,
      d.slug || to_char(at at time zone 'UTC', '/YYYY/MM/DD/HH24MISS-') || left(hash, 12) || '.jpg' as path,
      (250000 + 500000 * random())::bigint as bytes,
      -- Five experiments at a time, a month each; every tenth device has none.
      case when d.number % 10 < 9 then
        (array['basil', 'tomatoes', 'moss', 'agar plates', 'seedlings'])[1 + (d.number / 2) % 5] || to_char(at at time zone 'UTC', ' YYYY-MM')
      end as series,
      sin((extract(hour from at) - 6) * pi() / 12) as daylight
    from generate_series($2::int, $2::int + $3::int - 1) as n
    join seeded_devices d on d.number = n % $5::int
    cross join lateral (select now() - make_interval(secs => n * $4::float8), gen_random_uuid()) as t (at, object_id)
    cross join lateral (select encode(sha256(object_id::text::bytea), 'hex')) as h (hash)
  ),
  objects as (
    insert into storage.objects (id, bucket_id, name, version, created_at, metadata)
    select object_id, $1, path, gen_random_uuid()::text, at, jsonb_build_object('size', bytes, 'mimetype', 'image/jpeg') from frame
  ),
  uploads as (
    insert into public.upload_stats_hourly as kept (device_id, hour, ok, failed, duplicate, bytes)
    select device_id, date_trunc('hour', at, 'UTC'), count(*), count(*) filter (where nth % 97 = 0), 0, sum(bytes) from frame group by 1, 2
    on conflict (device_id, hour) do update set
      ok = kept.ok + excluded.ok, failed = kept.failed + excluded.failed, bytes = kept.bytes + excluded.bytes
  )
  insert into public.captures (
    bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, series, shot_type,
    captured_at, captured_at_source, captured_at_trusted, width, height, brightness, sharpness, contrast, measures_source, measures_version,
    exif, storage_object_id, pinned_at, created_at, deleted_at, delete_reason
  )
  select $1, path, to_char(at at time zone 'UTC', '"frame-"YYYYMMDD-HH24MISS".jpg"'), hash, bytes, 'image/jpeg', device_id, series,
    case when nth % 10 = 0 then 'flash' else 'timelapse' end,
    at - interval '8 seconds', 'exif', true, 2304, 1296,
    0.45 + 0.4 * daylight, 0.2 + 0.6 * random(), 0.3 + 0.2 * random(), 'pilab', 'seed',
    '{"make": "Raspberry Pi", "model": "imx708"}', object_id,
    case when nth % 100 = 7 then at end, at,
    case when nth % 33 = 5 then at + (now() - at) * 0.9 end, case when nth % 33 = 5 then 'seeded' end
  from frame`;
