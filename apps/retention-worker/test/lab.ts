import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import { type FaultProxy, startFaultProxy, startTestSupabase, type TestSupabase } from "@pilab/testing";
import { type OpenOptions, openWorker, type Worker } from "../src/open-worker.ts";

/** Where captures go unless told otherwise. */
export const BUCKET = "pilab-dev";

/** What {@link RetentionLab.fill} makes: captures as if they had been taken, uploaded and received. */
export interface Filling {
  readonly count: number;
  /** How long ago the newest was taken and received. Default 0. */
  readonly daysAgo?: number;
  /** From one capture to the next older one. Default 60. */
  readonly everySeconds?: number;
  /** Default 1000. */
  readonly sizeBytes?: number;
  readonly series?: string;
  readonly shotType?: string;
  readonly withThumbnails?: boolean;
  readonly bucket?: string;
  /** Already in the trash, for so many days. */
  readonly trashedDaysAgo?: number;
}

/** A server, a proxy before it, a device, and workers of the real kind. */
export interface RetentionLab {
  readonly supabase: TestSupabase;
  readonly proxy: FaultProxy;
  /** Past the proxy, with the service key. */
  readonly admin: PilabClient;
  readonly deviceId: string;
  readonly env: Record<string, string>;
  /** Through the proxy. */
  worker(env?: Record<string, string>, client?: OpenOptions["client"]): Worker;
  /** Ids, newest first. */
  fill(filling: Filling): Promise<string[]>;
  /** Forgets captures, objects, policies, runs and faults; the audit log stays. */
  empty(): Promise<void>;
  rows<R = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<R[]>;
  stop(): Promise<void>;
}

/** Starts a {@link RetentionLab}. */
export async function startRetentionLab(engine: "pglite" | "postgres" = "pglite"): Promise<RetentionLab> {
  const supabase = await startTestSupabase({ engine });
  const proxy = await startFaultProxy({ target: supabase.url });
  const admin = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey });
  const { device } = await admin.devices.create({ slug: "pi-1" });
  const workers: Worker[] = [];
  const env = {
    SUPABASE_URL: proxy.url,
    SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey,
    RETRY_BASE_DELAY: "0.01",
    RETRY_MAX_DELAY: "0.05",
    CHUNK_DELAY: "0",
  };
  const rows = async <R>(sql: string, params: unknown[] = []) =>
    (await supabase.sql.transaction((tx) => tx.query<R>(sql, params))).rows;
  return {
    ...{ supabase, proxy, admin, env, rows, deviceId: device.id },
    worker(more = {}, settings) {
      const worker = openWorker({ source: { ...env, ...more } }, { command: "test", client: settings });
      workers.push(worker);
      return worker;
    },
    fill: (filling) => fill(rows, device.id, filling),
    async empty() {
      proxy.reset();
      await supabase.sql.transaction(async (tx) => {
        await tx.exec(`
          set local storage.allow_delete_query = 'true';
          delete from storage.objects;
          delete from public.retention_runs;
          delete from public.retention_policies;
          delete from public.captures;
          update public.leases set expires_at = clock_timestamp();
          update public.bucket_settings set time_zone = 'UTC';`);
      });
    },
    async stop() {
      await Promise.all([admin.close(), ...workers.map((worker) => worker.close())]);
      await proxy.stop();
      await supabase.stop();
    },
  };
}

let fillings = 0;

async function fill(rows: RetentionLab["rows"], deviceId: string, filling: Filling): Promise<string[]> {
  const { count, daysAgo = 0, everySeconds = 60, sizeBytes = 1000, trashedDaysAgo } = filling;
  const { series = null, shotType = null, withThumbnails = false, bucket = BUCKET } = filling;
  fillings += 1;
  const folder = `pi-1/fill-${fillings}`;
  await rows(
    `insert into storage.objects (bucket_id, name, version, metadata)
     select bucket, $1::text || '/' || n || suffix, gen_random_uuid()::text, jsonb_build_object('size', bytes)
     from generate_series(1, $2::int) as n,
       (values ($5::text, '.jpg', $3::bigint), ($5 || '-thumbs', '.jpg.webp', 100)) as o (bucket, suffix, bytes)
     where bucket = $5 or $4::boolean`,
    [folder, count, sizeBytes, withThumbnails, bucket],
  );
  const made = await rows<{ id: string }>(
    `insert into public.captures (
       bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, series, shot_type,
       captured_at, captured_at_source, captured_at_trusted, created_at, deleted_at, thumbnail_path, thumbnail_bytes
     )
     select $11, path, n || '.jpg', encode(sha256(path::bytea), 'hex'), $3, 'image/jpeg', $4, $5, $6,
       at, 'exif', true, at, now() - make_interval(days => $9::int),
       case when $10::boolean then path || '.webp' end, case when $10::boolean then 100 end
     from generate_series(1, $2::int) as n,
       lateral (select $1::text || '/' || n || '.jpg', now() - make_interval(days => $7::int, secs => (n - 1) * $8::float8)) as c (path, at)
     order by n returning id`,
    [
      ...[folder, count, sizeBytes, deviceId, series, shotType],
      ...[daysAgo, everySeconds, trashedDaysAgo ?? null, withThumbnails, bucket],
    ],
  );
  return made.map(({ id }) => id);
}

/**
 * What must hold whatever happened: a live row has its object, a purged one has none, nothing is left half-purged, and each
 * step of each capture is in the audit log exactly once.
 */
export async function checkBooks({ rows }: Pick<RetentionLab, "rows">): Promise<void> {
  const faults = await rows(`
    with facts as (
      select c.*,
        exists (select from storage.objects o where o.bucket_id = c.bucket_id and o.name = c.object_path) as has_object,
        exists (select from storage.objects o where o.bucket_id = c.bucket_id || '-thumbs' and o.name = c.object_path || '.webp') as has_thumbnail,
        (select count(*) from public.storage_audit_log a where a.object_type = 'capture' and a.object_id = c.id::text and a.action = 'capture.purged') as purges,
        (select count(*) from public.storage_audit_log a where a.object_type = 'capture' and a.object_id = c.id::text and a.action = 'capture.purging') as claims
      from public.captures c
    )
    select id, fault from facts, lateral (values
      (purging_at is null and not has_object, 'has no object'),
      (purged_at is not null and (has_object or has_thumbnail), 'purged, and still stored'),
      (purging_at is not null and purged_at is null, 'left half-purged'),
      (purges <> (purged_at is not null)::int, 'purged ' || purges || ' times by the audit log'),
      (claims <> (purging_at is not null)::int, 'claimed ' || claims || ' times by the audit log')
    ) as f (is_so, fault) where is_so`);
  if (faults.length > 0) throw new Error(`the books are wrong: ${JSON.stringify(faults.slice(0, 10))}`);
}
