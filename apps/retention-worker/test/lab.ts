import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import { type FaultProxy, startFaultProxy, startTestSupabase, type TestSupabase } from "@pilab/testing";
import { openWorker, type Worker } from "../src/open-worker.ts";

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
  worker(env?: Record<string, string>): Worker;
  /** Ids, newest first. */
  fill(filling: Filling): Promise<string[]>;
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
    worker(more = {}) {
      const worker = openWorker({ source: { ...env, ...more } }, { command: "test" });
      workers.push(worker);
      return worker;
    },
    fill: (filling) => fill(rows, device.id, filling),
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
  const { series = null, shotType = null, withThumbnails = false } = filling;
  fillings += 1;
  const folder = `pi-1/fill-${fillings}`;
  await rows(
    `insert into storage.objects (bucket_id, name, version, metadata)
     select bucket, $1::text || '/' || n || suffix, gen_random_uuid()::text, jsonb_build_object('size', bytes)
     from generate_series(1, $2::int) as n,
       (values ('pilab-dev', '.jpg', $3::bigint), ('pilab-dev-thumbs', '.jpg.webp', 100)) as o (bucket, suffix, bytes)
     where bucket = 'pilab-dev' or $4::boolean`,
    [folder, count, sizeBytes, withThumbnails],
  );
  const made = await rows<{ id: string }>(
    `insert into public.captures (
       bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, series, shot_type,
       captured_at, captured_at_source, captured_at_trusted, created_at, deleted_at, thumbnail_path, thumbnail_bytes
     )
     select 'pilab-dev', path, n || '.jpg', encode(sha256(path::bytea), 'hex'), $3, 'image/jpeg', $4, $5, $6,
       at, 'exif', true, at, now() - make_interval(days => $9::int),
       case when $10::boolean then path || '.webp' end, case when $10::boolean then 100 end
     from generate_series(1, $2::int) as n,
       lateral (select $1::text || '/' || n || '.jpg', now() - make_interval(days => $7::int, secs => (n - 1) * $8::float8)) as c (path, at)
     order by n returning id`,
    [
      ...[folder, count, sizeBytes, deviceId, series, shotType],
      ...[daysAgo, everySeconds, trashedDaysAgo ?? null, withThumbnails],
    ],
  );
  return made.map(({ id }) => id);
}
