import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type LocalSupabase, startLocalSupabase } from "@pilab/local-supabase";
import { createClient } from "@supabase/supabase-js";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../src/embedded-postgres.ts";
import { makeTestFolder } from "../src/test-folders.ts";

const JWT_SECRET = "the-secret-that-the-real-services-have-too";

describe("a Postgres of one's own", () => {
  let folder: string;
  let cluster: Cluster;
  let admin: pg.Client;
  let running: LocalSupabase | undefined;
  let count = 0;

  beforeAll(async () => {
    folder = await makeTestFolder();
    cluster = await startCluster(join(folder, "cluster"));
    admin = await connect("postgres");
    await admin.query(await hostedSql("hosted-roles.sql"));
    await admin.query("create role boss login superuser password 'postgres'");
  });
  beforeEach(() => {
    count += 1;
  });
  afterAll(async () => {
    await admin?.end();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function url(database: string, user = "supabase_admin"): string {
    const parsed = new URL(cluster.url);
    parsed.pathname = `/${database}`;
    parsed.username = user;
    return parsed.href;
  }

  async function connect(database: string): Promise<pg.Client> {
    const client = new pg.Client(url(database));
    await client.connect();
    return client;
  }

  const hostedSql = (name: string) => readFile(new URL(`../src/${name}`, import.meta.url), "utf8");

  /** Starts on a new database, looks, and stops. */
  async function visit<T>(
    options: { hosted: boolean; user: string; storage: boolean },
    look: (database: string) => Promise<T>,
  ) {
    const database = `visited_${count}`;
    await admin.query(`create database ${database} owner postgres`);
    if (options.hosted) {
      const client = await connect(database);
      await client.query(await hostedSql("hosted-supabase.sql"));
      await client.end();
    }
    const before = await state(database);
    running = await startLocalSupabase({
      ...{ dataDir: join(folder, database), port: 0, jwtSecret: JWT_SECRET, storage: options.storage },
      database: url(database, options.user),
    });
    try {
      return { before, after: await state(database), seen: await look(database) };
    } finally {
      await running.stop();
    }
  }

  /** Roles with their memberships, schemas with their owners and rights, and everything in auth, storage and realtime. */
  async function state(database: string): Promise<unknown[]> {
    const client = await connect(database);
    const { rows } = await client.query(`
      select concat_ws(' ', 'role', r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolinherit, r.rolcanlogin,
        (select string_agg(m.roleid::regrole::text, ',' order by 1) from pg_auth_members m where m.member = r.oid)) as item from pg_roles r
      union all select concat_ws(' ', 'schema', nspname, nspowner::regrole, nspacl) from pg_namespace
        where nspname in ('auth', 'storage', 'realtime', 'extensions')
      union all select concat_ws(' ', 'relation', c.oid::regclass, c.relowner::regrole, c.relacl, c.relrowsecurity) from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('auth', 'storage', 'realtime')
      union all select concat_ws(' ', 'function', p.oid::regprocedure, p.proowner::regrole, md5(p.prosrc)) from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('auth', 'storage', 'realtime')
      order by 1`);
    await client.end();
    return rows.map(({ item }) => item);
  }

  function service(): ReturnType<typeof createClient> {
    if (!running) throw new Error("Nothing runs");
    return createClient(running.url, running.serviceRoleKey, { auth: { persistSession: false } });
  }

  it.each(["postgres", "supabase_admin"])(
    "that real Supabase services share is left as it is, and served for REST, when reached as %s",
    async (user) => {
      const { before, after, seen } = await visit({ hosted: true, user, storage: false }, async () => ({
        rest: (await service().from("devices").select().limit(1)).error,
        storage: (await fetch(`${running?.url}/storage/v1/bucket`)).status,
        auth: (await fetch(`${running?.url}/auth/v1/health`)).status,
        password: running?.admin.password,
        secret: running?.jwtSecret,
      }));
      expect(after).toEqual(before);
      expect(seen).toEqual({ rest: null, storage: 404, auth: 404, password: null, secret: JWT_SECRET });
    },
  );

  it("that is empty gets what hosted Supabase has", async () => {
    const { seen } = await visit({ hosted: false, user: "boss", storage: true }, async (database) => ({
      rest: (await service().from("devices").select().limit(1)).error,
      buckets: (await service().storage.listBuckets()).data?.map(({ id }) => id).sort(),
      owners: (await state(database)).filter((item) => /^schema (auth|storage)/.test(String(item))),
    }));
    expect(seen).toMatchObject({ rest: null, buckets: ["pilab-dev", "pilab-dev-thumbs"] });
    expect(seen.owners).toEqual([
      expect.stringContaining("schema auth supabase_admin"),
      expect.stringContaining("schema storage supabase_admin"),
    ]);
  });

  it("whose superuser is called postgres gets another owner for the migrations", async () => {
    const usual = await startCluster(join(folder, "usual-cluster"), [], "postgres");
    const supabase = await startLocalSupabase({
      dataDir: join(folder, "usual"),
      port: 0,
      database: usual.url,
    });
    try {
      const { rows } = await supabase.sql.transaction((tx) =>
        tx.query(
          "select tableowner as owner, rolsuper as superuser from pg_tables join pg_roles on rolname = tableowner where tablename = 'captures'",
        ),
      );
      expect(rows).toEqual([{ owner: "supabase_migrations_owner", superuser: false }]);
      const anon = createClient(supabase.url, supabase.anonKey, { auth: { persistSession: false } });
      const { email, password } = supabase.admin;
      expect((await anon.auth.signInWithPassword({ email, password: password ?? "" })).error).toBeNull();
      expect((await anon.from("captures").select()).data).toEqual([]);
    } finally {
      await supabase.stop();
      await usual.stop();
    }
  });
});
