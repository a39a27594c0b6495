import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type HostedDatabase,
  type HostedPostgres,
  migrationNames,
  readMigration,
  startHostedPostgres,
} from "../src/hosted-postgres.ts";
import { snapshotSchema } from "../src/schema-snapshot.ts";
import { startTestSupabase } from "../src/test-supabase.ts";

let hosted: HostedPostgres;
let database: HostedDatabase;

beforeAll(async () => {
  hosted = await startHostedPostgres();
  database = await hosted.createDatabase();
  await database.migrate();
}, 60_000);
afterAll(() => hosted?.stop());

const all = async <R extends pg.QueryResultRow>(sql: string): Promise<R[]> =>
  (await database.admin.query<R>(sql)).rows;

describe("migrations on a database owned as on hosted Supabase", { timeout: 60_000 }, () => {
  test("have the Supabase CLI's file names, each with a header that says why", async () => {
    for (const name of await migrationNames()) {
      expect(name).toMatch(/^20\d{12}_[a-z][a-z_]+\.sql$/);
      expect(await readMigration(name)).toMatch(/^-- \S/);
    }
  });

  test("give the same schema each time they are applied from empty", async () => {
    const again = await hosted.createDatabase();
    await again.migrate();
    expect(await snapshotSchema(again.admin)).toEqual(await snapshotSchema(database.admin));
  });

  test("give the same schema on local-supabase", async () => {
    const local = await startTestSupabase();
    try {
      const snapshot = await local.sql.transaction((tx) => snapshotSchema({ query: (sql) => tx.query(sql) }));
      expect(snapshot).toEqual(await snapshotSchema(database.admin));
    } finally {
      await local.stop();
    }
  });

  test.each([
    ["comment on table storage.objects is 'x'"],
    ["create index on storage.objects (name)"],
    ["alter table storage.objects add column x int"],
    [
      "create trigger x after insert on storage.objects for each row execute function storage.protect_delete()",
    ],
    ["create table auth.x ()"],
    ["alter role service_role superuser"],
  ])("ran where hosted Supabase's refusals are in force: %s", async (sql) => {
    const postgres = await database.connect();
    await expect(postgres.query(sql)).rejects.toMatchObject({ code: "42501" });
  });

  test("let the Auth service remove an account, which leaves its device without one and says so in the audit log", async () => {
    await database.admin.query(`
      insert into auth.users (id) values ('00000000-0000-4000-8000-000000000001');
      insert into public.devices (slug, name, user_id) values ('pi-left', 'Pi', '00000000-0000-4000-8000-000000000001');
      set role supabase_auth_admin;
      delete from auth.users;
      reset role`);
    expect(await all("select user_id from public.devices where slug = 'pi-left'")).toEqual([
      { user_id: null },
    ]);
    expect(await all("select details from public.storage_audit_log where action = 'device.changed'")).toEqual(
      [{ details: { from: { user_id: "00000000-0000-4000-8000-000000000001" }, to: { user_id: null } } }],
    );
  });

  test("grant the API roles exactly what is written here", async () => {
    const grants = await all<{ relation: string; role: string; privileges: string }>(`
      select relname as relation, grantee::regrole::text as role, string_agg(privilege, ', ' order by privilege) as privileges
      from (
        select relname, (aclexplode(relacl)).grantee, lower((aclexplode(relacl)).privilege_type) as privilege
        from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'S', 'f', 'p')
        union all
        select relname, grantee, privilege || '(' || string_agg(attname, ',' order by attname) || ')'
        from (select relname, attname, (aclexplode(attacl)).grantee, lower((aclexplode(attacl)).privilege_type) as privilege
          from pg_attribute join pg_class c on c.oid = attrelid where relnamespace = 'public'::regnamespace) as of_columns
        group by relname, grantee, privilege
      ) as acl
      where grantee <> 'postgres'::regrole group by relname, grantee order by relname, role`);
    expect(Object.fromEntries(grants.map((row) => [`${row.relation} ${row.role}`, row.privileges]))).toEqual(
      GRANTS,
    );
  });

  test("let the API roles execute exactly what is written here", async () => {
    const grants = await all<{ name: string; roles: string }>(`
      select n.nspname || '.' || proname as name, string_agg(case grantee when 0 then 'public' else grantee::regrole::text end, ', ' order by grantee::regrole::text) as roles
      from pg_proc p join pg_namespace n on n.oid = pronamespace
      cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner)))
      where n.nspname in ('public', 'pilab') and grantee <> 'postgres'::regrole group by 1 order by 1`);
    expect(Object.fromEntries(grants.map(({ name, roles }) => [name, roles]))).toEqual(EXECUTE);
  });

  test("protect every table of public and pilab by row level security", async () => {
    const open = await all(
      "select relname from pg_class where relnamespace in ('public'::regnamespace, 'pilab'::regnamespace) and relkind in ('r', 'p') and not relrowsecurity",
    );
    expect(open).toEqual([]);
  });

  test("give every function an empty search_path, and a description", async () => {
    const loose = await all(`
      select oid::regprocedure::text from pg_proc
      where pronamespace in ('public'::regnamespace, 'pilab'::regnamespace)
        and (coalesce('search_path=""' <> all (proconfig), true) or obj_description(oid, 'pg_proc') is null)`);
    expect(loose).toEqual([]);
  });

  test("call helpers in policies once a statement, as (select …)", async () => {
    const policies = await all<{ policyname: string; rule: string }>(`
      select policyname, concat_ws(' ', qual, with_check) as rule from pg_policies where schemaname in ('public', 'storage')`);
    for (const { policyname, rule } of policies) {
      // is_public_object asks about its row.
      const rest = rule.replaceAll(/\( SELECT (pilab|auth)\.\w+\(|pilab\.is_public_object\(/g, "");
      expect(rest, policyname).not.toMatch(/(pilab|auth)\./);
    }
  });

  test("name every constraint after its table and describe every table", async () => {
    const odd = await all(`
      select conrelid::regclass::text, conname from pg_constraint
      where connamespace in ('public'::regnamespace, 'pilab'::regnamespace)
        and not starts_with(conname, (select relname from pg_class where oid = conrelid))
      union all select oid::regclass::text, 'no comment' from pg_class
      where relnamespace in ('public'::regnamespace, 'pilab'::regnamespace) and relkind in ('r', 'v') and obj_description(oid, 'pg_class') is null`);
    expect(odd).toEqual([]);
  });

  test("publish the live tables, and make the two buckets with MAX_FILE_SIZE's default", async () => {
    expect(
      await all("select tablename from pg_publication_tables where pubname = 'supabase_realtime' order by 1"),
    ).toEqual([
      { tablename: "alerts" },
      { tablename: "capture_batches" },
      { tablename: "device_status" },
      { tablename: "retention_runs" },
    ]);
    expect(
      await all("select id, public, file_size_limit, allowed_mime_types from storage.buckets order by id"),
    ).toEqual([
      {
        id: "pilab-dev",
        public: false,
        file_size_limit: "26214400",
        allowed_mime_types: ["image/jpeg", "image/png", "image/webp", "image/x-adobe-dng", "video/mp4"],
      },
      { id: "pilab-dev-thumbs", public: false, file_size_limit: "65536", allowed_mime_types: ["image/webp"] },
    ]);
  });
});

const DEVICE_COLUMNS = "expected_interval_s,name,paused_until,retired_at,series,shot_type,time_zone,user_id";
const DEVICES = `insert(expected_interval_s,id,name,paused_until,retired_at,series,shot_type,slug,time_zone,user_id), select, update(${DEVICE_COLUMNS})`;

const POLICY_COLUMNS =
  "brake_share,bucket_id,device_id,enabled,grace_days,keep_days,keep_last,max_bytes,series,shot_type,thin_after_days,thin_every,thin_keep";
const POLICIES = `delete, insert(${POLICY_COLUMNS}), select, update(${POLICY_COLUMNS})`;

const CHANNEL_COLUMNS = "config,enabled,kind,min_severity,name,secret_env";
const CHANNELS = `delete, insert(${CHANNEL_COLUMNS}), select, update(${CHANNEL_COLUMNS.replace("kind,", "")})`;

const CAPTURE_COLUMNS = [
  "brightness,captured_at,captured_at_source,captured_at_trusted,clock_offset_ms,content_type,contrast,delete_reason,deleted_at,exif",
  "file_name,height,is_public,last_repeated_at,measures_source,measures_version,metadata,object_path,pinned_at,purged_at,purging_at",
  "repeat_count,series,sharpness,shot_type,storage_object_id,thumbnail_bytes,thumbnail_path,width",
].join();

/** Tables and sequences of public: "relation role" to privileges. What is not here has none. */
const GRANTS: Record<string, string> = {
  "alert_channels authenticated": CHANNELS,
  "alert_channels service_role": CHANNELS,
  "alert_deliveries authenticated": "select",
  "alert_deliveries service_role":
    "insert(channel_id,group_key,kind,message), select, update(attempts,last_error,next_attempt_at,sent_at,state)",
  "alert_rules authenticated": "select, update(enabled,params,severity)",
  "alert_rules service_role": "select, update(enabled,params,severity)",
  "alerts authenticated": "select",
  "alerts service_role": "select",
  "audit_seals authenticated": "select",
  "audit_seals service_role": "select",
  "bucket_settings authenticated": "insert, select, update",
  "bucket_settings service_role": "delete, insert, select, update",
  "capture_batches authenticated": "select",
  "capture_batches service_role": "delete, select",
  "capture_checks authenticated": "select",
  "capture_checks service_role": "select",
  "capture_stats_daily authenticated": "select",
  "capture_stats_daily service_role": "select",
  "capture_totals authenticated": "select",
  "capture_totals service_role": "select",
  "captures anon": "select",
  "captures authenticated": "select",
  "captures service_role": `insert, select, update(${CAPTURE_COLUMNS})`,
  "check_results authenticated": "select",
  "check_results service_role": "delete, insert, select, update",
  "device_status_hourly authenticated": "select",
  "device_status_hourly service_role": "select",
  "device_status authenticated": "select",
  "device_status service_role": "select",
  "devices authenticated": DEVICES,
  "devices service_role": DEVICES,
  "leases service_role": "select",
  "retention_policies authenticated": POLICIES,
  "retention_policies service_role": POLICIES,
  "retention_runs authenticated": "select",
  "retention_runs service_role": "delete, insert, select, update",
  "scrubs authenticated": "select",
  "scrubs service_role": "select",
  "worker_requests authenticated": "insert(args,kind), select",
  "worker_requests service_role":
    "delete, insert(args,kind), select, update(error,finished_at,result,started_at,state,worker)",
  "worker_status authenticated": "select",
  "worker_status service_role": "delete, insert, select, update",
  "storage_audit_log authenticated": "select",
  "storage_audit_log service_role": "select",
  "upload_totals authenticated": "select",
  "upload_totals service_role": "select",
  "upload_stats_hourly authenticated": "select",
  "upload_stats_hourly service_role": "select",
};

/** Functions of public and pilab that any API role may execute. */
const EXECUTE: Record<string, string> = {
  "pilab.audit_line": "authenticated, service_role",
  "pilab.device_id": "authenticated",
  "pilab.device_slug": "authenticated",
  "pilab.is_public_object": "anon, authenticated",
  "pilab.is_service": "authenticated, service_role",
  "pilab.is_time_zone": "authenticated, service_role",
  "pilab.object_buckets": "authenticated",
  "pilab.repeats_by_step": "authenticated, service_role",
  "pilab.requestable_kinds": "authenticated",
  "pilab.role_is": "authenticated, service_role",
  "pilab.seal_digest": "authenticated, service_role",
  "pilab.sha256_hex": "authenticated, service_role",
  "pilab.user_role": "authenticated, service_role",
  "public.acknowledge_alerts": "authenticated, service_role",
  "public.acquire_lease": "service_role",
  "public.alert_inputs": "service_role",
  "public.apply_alert_round": "service_role",
  "public.audit_lines": "authenticated, service_role",
  "public.begin_purge": "service_role",
  "public.captures_to_check": "service_role",
  "public.compare_catalogue": "service_role",
  "public.compare_thumbnails": "service_role",
  "public.capture_cadence": "authenticated, service_role",
  "public.claim_alert_deliveries": "service_role",
  "public.device_overview": "authenticated, service_role",
  "public.finish_purge": "service_role",
  "public.fleet_overview": "authenticated, service_role",
  "public.known_captures": "authenticated, service_role",
  "public.log_captures": "authenticated, service_role",
  "public.metrics_snapshot": "authenticated, service_role",
  "public.pin_captures": "authenticated, service_role",
  "public.prune_history": "service_role",
  "public.publish_captures": "authenticated, service_role",
  "public.record_account_change": "service_role",
  "public.record_checks": "service_role",
  "public.record_password_change": "authenticated",
  "public.recount_captures": "service_role",
  "public.refresh_thumbnails": "service_role",
  "public.release_lease": "service_role",
  "public.renew_lease": "service_role",
  "public.report_device_status": "authenticated, service_role",
  "public.report_uploads": "authenticated, service_role",
  "public.restore_captures": "authenticated, service_role",
  "public.retention_run_counts": "service_role",
  "public.seal_audit_log": "service_role",
  "public.set_capture_fields": "authenticated, service_role",
  "public.silence_alerts": "authenticated, service_role",
  "public.soft_delete_captures": "authenticated, service_role",
  "public.storage_usage": "authenticated, service_role",
  "public.stored_objects": "authenticated, service_role",
  "public.take_in_unknown": "service_role",
  "public.unpin_captures": "authenticated, service_role",
  "public.unpublish_captures": "authenticated, service_role",
  "public.upload_stats": "authenticated, service_role",
  "public.usage_daily": "authenticated, service_role",
  "public.verify_audit_seals": "authenticated, service_role",
};
