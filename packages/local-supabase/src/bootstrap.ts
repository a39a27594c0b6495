import { PilabError } from "@pilab/schema";
import { getAuthSchemaSql } from "@supabase/lite";
import type { Engine, Tx } from "./engine.ts";
import { STORAGE_SCHEMA_SQL } from "./storage/index.ts";

/** What {@link bootstrap} found or made. */
export interface Bootstrapped {
  /** The role that owns the user's tables and runs migrations, quoted for SQL: `postgres` as on hosted Supabase, where that name is free. */
  migrationRole: string;
}

// A schema with this comment is ours to keep up to date; any other belongs to a real Supabase service.
const OURS = "Made by PiLab local-supabase";
// One process at a time makes or changes the schema.
export const SCHEMA_LOCK = "select pg_advisory_xact_lock(7113842)";

/**
 * Makes what hosted Supabase has before the first migration: roles, publication, extensions, the schemas auth and
 * storage, and its default privileges. Safe to repeat. Roles that exist, and schemas made by another service, stay as they are.
 */
export async function bootstrap(engine: Engine, options: { storage: boolean }): Promise<Bootstrapped> {
  return engine.transaction(async (tx) => {
    await tx.exec(SCHEMA_LOCK);
    const { rows } = await tx.query<{ name: string; superuser: boolean }>(
      "select quote_ident(rolname) as name, rolsuper as superuser from pg_roles where rolname = session_user",
    );
    const me = rows[0];
    if (!me?.superuser) return shared(tx, me?.name ?? "unknown");
    if (engine.kind === "pglite" && me.name === "postgres") await freePostgresRole(tx);
    await tx.exec(ROLES_SQL);
    const migrationRole = await ensureMigrationRole(tx);
    await tx.exec(DATABASE_SQL(migrationRole));
    if (await ours(tx, "auth")) await tx.exec(AUTH_SQL(migrationRole));
    if (options.storage && (await ours(tx, "storage"))) await tx.exec(STORAGE_SQL(migrationRole));
    return { migrationRole };
  });
}

/** Not a superuser: a database of hosted or self-hosted Supabase, where all of this exists and is not ours to make. */
async function shared(tx: Tx, me: string): Promise<Bootstrapped> {
  const { rows } = await tx.query<{ missing: string | null }>(
    `select string_agg(name, ', ') as missing from unnest(array['anon', 'authenticated', 'service_role']) as name
     where not exists (select from pg_roles where rolname = name)`,
  );
  if (rows[0]?.missing) {
    throw new PilabError(
      "invalid_environment",
      `The database has no role ${rows[0].missing}, and ${me} may not make it`,
      {
        hint: "Connect with a superuser once, or to a database of Supabase.",
      },
    );
  }
  return { migrationRole: me };
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
  await tx.exec(ROLE(name, "createrole createdb bypassrls"));
  return name;
}

/** Marks a schema that is missing as ours, and says whether it is. */
async function ours(tx: Tx, schema: "auth" | "storage"): Promise<boolean> {
  const { rows } = await tx.query<{ comment: string | null }>(
    "select obj_description(oid, 'pg_namespace') as comment from pg_namespace where nspname = $1",
    [schema],
  );
  if (rows[0]) return rows[0].comment === OURS;
  await tx.exec(
    `create schema ${schema} authorization supabase_admin; comment on schema ${schema} is '${OURS}'`,
  );
  return true;
}

const ROLE = (name: string, attributes: string): string => `
  do $$ begin
    if not exists (select from pg_roles where rolname = '${name}') then create role ${name} ${attributes}; end if;
  end $$;`;

const ROLES_SQL = [
  ROLE("anon", "nologin"),
  ROLE("authenticated", "nologin"),
  ROLE("service_role", "nologin bypassrls"),
  ROLE("authenticator", "nologin noinherit"),
  ROLE("supabase_admin", "nologin superuser"),
  ROLE("supabase_auth_admin", "nologin noinherit createrole"),
  ROLE("supabase_storage_admin", "nologin noinherit createrole"),
  "grant anon, authenticated, service_role to authenticator;",
  // The real Storage server switches to the caller's role from its own.
  "grant authenticator, anon, authenticated, service_role to supabase_storage_admin;",
].join("\n");

const DATABASE_SQL = (owner: string): string => /* sql */ `
  grant anon, authenticated, service_role to ${owner};
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

// The tables are lite's; the helper functions are as hosted Supabase has them. Without USAGE every auth.uid() fails.
const AUTH_SQL = (owner: string): string => /* sql */ `
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

const STORAGE_SQL = (owner: string): string => `
  ${STORAGE_SCHEMA_SQL}
  grant usage on schema storage to ${owner} with grant option;
  grant all on storage.buckets, storage.objects to ${owner} with grant option;`;
