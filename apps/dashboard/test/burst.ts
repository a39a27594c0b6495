import { setTimeout as sleep } from "node:timers/promises";
import type { DashboardLab } from "./lab.ts";

const TICKS_PER_SECOND = 4;

/**
 * Captures as fast as a large fleet sends them, each logged by a call of its own: by SQL, as uploads would be measured besides.
 * Their objects are rows without files. Taken now, or when it is said.
 */
export async function burst(
  sql: DashboardLab["supabase"]["sql"],
  deviceId: string,
  { perSecond, seconds, capturedAt }: { perSecond: number; seconds: number; capturedAt?: Date },
): Promise<{ captures: number; seconds: number; newestId: string }> {
  const startedMs = performance.now();
  const perTick = perSecond / TICKS_PER_SECOND;
  let newestId = "";
  for (let tick = 0; tick < seconds * TICKS_PER_SECOND; tick += 1) {
    const { rows } = await sql.transaction((tx) =>
      tx.query<{ id: string }>(LOGGED, [deviceId, perTick, capturedAt?.toISOString() ?? null]),
    );
    newestId = rows[0]?.id ?? newestId;
    await sleep(Math.max(0, startedMs + ((tick + 1) * 1000) / TICKS_PER_SECOND - performance.now()));
  }
  return { captures: perSecond * seconds, seconds: (performance.now() - startedMs) / 1000, newestId };
}

// The newest of them first.
const LOGGED = /* sql */ `
  with frame as materialized (
    select coalesce($3::timestamptz, clock_timestamp()) + make_interval(secs => n * 0.001) as at, gen_random_uuid() as object_id, 'burst/' || gen_random_uuid() || '.jpg' as path
    from generate_series(1, $2::int) as n
  ),
  objects as (
    insert into storage.objects (id, bucket_id, name, version, metadata)
    select object_id, 'pilab-dev', path, gen_random_uuid()::text, '{"size": 300000, "mimetype": "image/jpeg"}' from frame
  ),
  logged as (
    insert into public.captures (
      bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, captured_at, captured_at_source, captured_at_trusted, storage_object_id
    )
    select 'pilab-dev', path, 'burst.jpg', encode(sha256(path::bytea), 'hex'), 300000, 'image/jpeg', $1::uuid, at, 'caller', true, object_id from frame
    returning id, captured_at
  ),
  batches as (
    insert into public.capture_batches (device_id, created_count, repeated_count, restored_count, bytes, newest_captured_at, newest_capture_id)
    select $1::uuid, 1, 0, 0, 300000, captured_at, id from logged
  )
  select id from logged order by captured_at desc`;
