import { PilabError } from "@pilab/schema";
import { getAuthSchemaSql } from "@supabase/lite";
import type { Engine, Tx } from "./engine.ts";
import { STORAGE_SCHEMA_SQL } from "./storage/index.ts";

/** What {@link bootstrap} found or made. */
export interface Bootstrapped {
  /** The role that owns the user's tables and runs migrations, quoted for SQL: `postgres` as on hosted Supabase, where that name is free. */
  migrationRole: string;
  /** False: the schema `auth` belongs to a real Auth server, which keeps it and answers `/auth/v1`. */
  ownsAuth: boolean;
}

// A schema with this comment is ours to keep up to date; any other belongs to a real Supabase service.
const OURS = "Made by PiLab local-supabase";

/** One process at a time makes or changes the schema. */
export const SCHEMA_LOCK = "select pg_advisory_xact_lock(7113842)";

/**
 * Makes what hosted Supabase has before the first migration: roles, publication, extensions, the schemas auth and
 * storage, and its default privileges. Safe to repeat. A database whose schema auth is another service's stays as it is, and
 * so does a schema storage that is.
 */
export function bootstrap(engine: Engine, options: { storage: boolean }): Promise<Bootstrapped> {
  return engine.transaction(async (tx) => {
    await tx.exec(SCHEMA_LOCK);
    const { rows } = await tx.query<{ name: string; superuser: boolean }>(
      "select quote_ident(rolname) as name, rolsuper as superuser from pg_roles where rolname = session_user",
    );
    const me = rows[0] ?? { name: "unknown", superuser: false };
    const auth = await findSchema(tx, "auth");
    if (!me.superuser || auth === "foreign")
      return { migrationRole: await sharedRole(tx, me.name), ownsAuth: false };

    if (engine.kind === "pglite" && me.name === "postgres") await freePostgresRole(tx);
    await tx.exec(ROLES_SQL);
    const migrationRole = await ensureMigrationRole(tx);
    await tx.exec(databaseSql(migrationRole));
    if (auth === "missing") await makeSchema(tx, "auth");
    await tx.exec(authSql(migrationRole));
    const storage = options.storage ? await findSchema(tx, "storage") : "foreign";
    if (storage === "missing") await makeSchema(tx, "storage");
    if (storage !== "foreign") await tx.exec(storageSql(migrationRole));
    return { migrationRole, ownsAuth: true };
  });
}

/** The role to run migrations as where everything is there already; checks that a request's roles are. */
async function sharedRole(tx: Tx, me: string): Promise<string> {
  const { rows } = await tx.query<{ missing: string | null; postgres: boolean }>(
    `select (select string_agg(name, ', ') from unnest(array['anon', 'authenticated', 'service_role']) as name
       where not exists (select from pg_roles where rolname = name)) as missing,
       exists (select from pg_roles where rolname = 'postgres' and not rolsuper and pg_has_role(oid, 'member')) as postgres`,
  );
  if (rows[0]?.missing) {
    throw new PilabError(
      "invalid_environment",
      `The database has no role ${rows[0].missing}, and ${me} may not make it`,
      { hint: "Connect with a superuser once, or to a database of Supabase." },
    );
  }
  return rows[0]?.postgres ? "postgres" : me;
}

/** PGlite's own superuser is called postgres; on hosted Supabase that is supabase_admin, and postgres is nobody special. */
async function freePostgresRole(tx: Tx): Promise<void> {
  await tx.exec(`
    create role pilab_renaming superuser;
    set session authorization pilab_renaming;
    alter role postgres rename to supabase_admin;
    set session authorization supabase_admin;
    drop role pilab_renaming;`);
}

async function ensureMigrationRole(tx: Tx): Promise<string> {
  const { rows } = await tx.query<{ superuser: boolean }>(
    "select rolsuper as superuser from pg_roles where rolname = 'postgres'",
  );
  const name = rows[0]?.superuser ? "supabase_migrations_owner" : "postgres";
  await tx.exec(roleSql(name, "createrole createdb bypassrls in role anon, authenticated, service_role"));
  return name;
}

async function findSchema(tx: Tx, name: "auth" | "storage"): Promise<"missing" | "ours" | "foreign"> {
  const { rows } = await tx.query<{ comment: string | null }>(
    "select obj_description(oid, 'pg_namespace') as comment from pg_namespace where nspname = $1",
    [name],
  );
  if (!rows[0]) return "missing";
  return rows[0].comment === OURS ? "ours" : "foreign";
}

function makeSchema(tx: Tx, name: "auth" | "storage"): Promise<void> {
  return tx.exec(
    `create schema ${name} authorization supabase_admin; comment on schema ${name} is '${OURS}'`,
  );
}

/** Memberships belong to the making of a role: one that is there already keeps those it has. */
function roleSql(name: string, attributes: string): string {
  return `
    do $$ begin
      if not exists (select from pg_roles where rolname = '${name}') then create role ${name} ${attributes}; end if;
    end $$;`;
}

const ROLES_SQL = [
  roleSql("anon", "nologin"),
  roleSql("authenticated", "nologin"),
  roleSql("service_role", "nologin bypassrls"),
  roleSql("authenticator", "nologin noinherit in role anon, authenticated, service_role"),
  roleSql("supabase_admin", "nologin superuser"),
  roleSql("supabase_auth_admin", "nologin noinherit createrole"),
  // The real Storage server switches to the caller's role from its own.
  roleSql(
    "supabase_storage_admin",
    "nologin noinherit createrole in role authenticator, anon, authenticated, service_role",
  ),
].join("\n");

function databaseSql(owner: string): string {
  return /* sql */ `
  do $$ begin
    execute format('grant all on database %I to ${owner}', current_database());
    if not exists (select from pg_publication where pubname = 'supabase_realtime') then
      create publication supabase_realtime;
      alter publication supabase_realtime owner to ${owner};
    end if;
  end $$;
  create schema if not exists extensions authorization ${owner};
  create schema if not exists realtime authorization supabase_admin;
  create extension if not exists pgcrypto with schema extensions;
  grant usage on schema extensions to anon, authenticated, service_role, ${owner};
  grant usage on schema realtime to anon, authenticated, service_role, ${owner};
  grant all on schema public to ${owner} with grant option;
  grant usage on schema public to anon, authenticated, service_role;
  alter default privileges for role ${owner} in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges for role ${owner} in schema public grant all on sequences to anon, authenticated, service_role;
  alter default privileges for role ${owner} in schema public grant all on functions to anon, authenticated, service_role;`;
}

// The tables are lite's; the helper functions are as hosted Supabase has them. Without USAGE every auth.uid() fails.
function authSql(owner: string): string {
  return /* sql */ `
  ${getAuthSchemaSql()};
  create or replace function auth.uid() returns uuid language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
      nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
  create or replace function auth.role() returns text language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''),
      nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role') $$;
  create or replace function auth.email() returns text language sql stable as $$
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email' $$;
  create or replace function auth.jwt() returns jsonb language sql stable as $$
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
  grant usage on schema auth to anon, authenticated, service_role, ${owner};
  grant all on schema auth to supabase_auth_admin;
  grant select, insert, update, delete, references on all tables in schema auth to ${owner};
  do $$ declare item record; begin
    for item in select oid::regclass as name from pg_class where relnamespace = 'auth'::regnamespace and relkind = 'r' loop
      execute format('alter table %s owner to supabase_auth_admin', item.name);
    end loop;
    for item in select oid::regprocedure as name from pg_proc where pronamespace = 'auth'::regnamespace loop
      execute format('alter function %s owner to supabase_auth_admin', item.name);
    end loop;
  end $$;`;
}

function storageSql(owner: string): string {
  return `
  ${STORAGE_SCHEMA_SQL}
  grant usage on schema storage to ${owner} with grant option;
  grant all on storage.buckets, storage.objects to ${owner} with grant option;`;
}
