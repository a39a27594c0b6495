import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PilabError } from "@pilab/schema";
import { SCHEMA_LOCK } from "./bootstrap.ts";
import type { Engine, Tx } from "./engine.ts";

/** One file of `supabase/migrations`. */
export interface Migration {
  version: string;
  name: string;
  fileName: string;
  sql: string;
}

/** Options of {@link migrate}. */
export interface MigrateOptions {
  /** `supabase/migrations`, or null to apply none. */
  dir: string | null;
  /** The role that the files run as; see `bootstrap`. */
  role: string;
}

/**
 * Applies the migrations that the database does not have, oldest first, each file and its row in
 * `supabase_migrations.schema_migrations` (as the Supabase CLI writes it) in one transaction.
 *
 * @returns the file names applied
 * @throws {PilabError} naming the file when one fails, has changed since it was applied, is gone, or comes too late
 */
export async function migrate(engine: Engine, { dir, role }: MigrateOptions): Promise<string[]> {
  const migrations = dir === null ? [] : await readMigrations(dir);
  const applied: string[] = [];
  for (;;) {
    const next = await engine.transaction(async (tx) => {
      await tx.exec(SCHEMA_LOCK);
      const pending = findPending(migrations, await readHistory(tx, role));
      if (pending) await applyOne(tx, pending, role);
      return pending;
    });
    if (!next) return applied;
    applied.push(next.fileName);
  }
}

/** Reads `<version>_<name>.sql` files in order; other files are not migrations. A missing folder holds none. */
export async function readMigrations(dir: string): Promise<Migration[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const matches = names.sort().flatMap((fileName) => {
    const match = /^(\d+)_(.+)\.sql$/.exec(fileName);
    return match ? [{ fileName, version: match[1] as string, name: match[2] as string }] : [];
  });
  return Promise.all(
    matches.map(async (match) => ({ ...match, sql: await readFile(join(dir, match.fileName), "utf8") })),
  );
}

interface Applied {
  version: string;
  name: string | null;
  statements: string[] | null;
}

async function readHistory(tx: Tx, role: string): Promise<Applied[]> {
  const { rows } = await tx.query<{ exists: boolean }>(
    "select to_regclass('supabase_migrations.schema_migrations') is not null as exists",
  );
  if (!rows[0]?.exists) {
    await tx.exec(`
      create schema if not exists supabase_migrations authorization ${role};
      create table supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text);
      alter table supabase_migrations.schema_migrations owner to ${role};`);
  }
  const history = await tx.query<Applied>(
    "select version, name, statements from supabase_migrations.schema_migrations order by version",
  );
  return history.rows;
}

/** The first migration to apply. */
function findPending(migrations: Migration[], history: Applied[]): Migration | undefined {
  const files = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const { version, name, statements } of history) {
    const file = files.get(version);
    if (!file) {
      throw new PilabError(
        "conflict",
        `Migration ${version}_${name ?? ""}.sql was applied to this database but its file is gone`,
        {
          hint: "Bring the file back, or start this version of PiLab on another data folder.",
        },
      );
    }
    // A row of several statements was written by the Supabase CLI, which splits files: only ours can be compared.
    if (statements?.length === 1 && canonical(statements[0] as string) !== canonical(file.sql)) {
      throw new PilabError(
        "conflict",
        `Migration ${file.fileName} has changed since it was applied to this database`,
        {
          hint: "Put the file back as it was and write the change as a new migration.",
        },
      );
    }
  }
  const done = new Set(history.map((row) => row.version));
  const pending = migrations.find((migration) => !done.has(migration.version));
  const last = history.at(-1)?.version;
  if (pending && last !== undefined && pending.version < last) {
    throw new PilabError(
      "conflict",
      `Migration ${pending.fileName} comes before ${last}, which is already applied`,
      {
        hint: "Give it a later version: hosted Supabase would refuse it too.",
      },
    );
  }
  return pending;
}

async function applyOne(tx: Tx, migration: Migration, role: string): Promise<void> {
  const borrowed = await borrowStorageOwnership(tx, role);
  const before = await fingerprint(tx);
  try {
    await tx.exec(`set local role ${role}`);
    await tx.exec(migration.sql);
    // A plain SET in the file must not outlive it on this connection.
    await tx.exec("reset role; reset all");
  } catch (cause) {
    throw new PilabError("conflict", `Migration ${migration.fileName} failed: ${(cause as Error).message}`, {
      cause,
    });
  }
  if ((await fingerprint(tx)) !== before) {
    throw new PilabError(
      "conflict",
      `Migration ${migration.fileName} changes the schema auth, storage or realtime`,
      {
        hint: "Hosted Supabase owns them: there a migration may only add rows to storage.buckets and policies to storage.objects.",
      },
    );
  }
  if (borrowed) await tx.exec(`revoke supabase_storage_admin from ${role}`);
  await tx.query(
    "insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)",
    [migration.version, migration.name, [migration.sql]],
  );
}

/**
 * A policy can be made only by a table's owner. Hosted Supabase has an extension that lets `postgres` make policies on
 * storage.objects all the same; here the role owns it for the length of the migration, and the fingerprint sees to it that
 * nothing but policies comes of it.
 */
async function borrowStorageOwnership(tx: Tx, role: string): Promise<boolean> {
  const { rows } = await tx.query<{ may: boolean }>(
    `select exists (select from pg_roles where rolname = current_user and rolsuper) and exists (
       select from pg_roles where rolname = 'supabase_storage_admin' and not pg_has_role($1::regrole::oid, oid, 'member')) as may`,
    [role],
  );
  if (!rows[0]?.may) return false;
  await tx.exec(`grant supabase_storage_admin to ${role}`);
  return true;
}

/** All of auth, storage and realtime that a migration must leave alone; policies, rows and foreign keys that point there are not in it. */
async function fingerprint(tx: Tx): Promise<string> {
  const { rows } = await tx.query<{ digest: string }>(`
    with schemas as (select oid from pg_namespace where nspname in ('auth', 'storage', 'realtime')),
    relations as (select oid from pg_class where relnamespace in (select oid from schemas))
    select md5(string_agg(item, E'\\n' order by item)) as digest from (
      select concat_ws(' ', 'relation', oid, relname, relkind, relowner, relrowsecurity, relforcerowsecurity, reloptions) as item
        from pg_class where oid in (select oid from relations)
      union all select concat_ws(' ', 'column', attrelid, attname, atttypid, attnotnull, atthasdef)
        from pg_attribute where attrelid in (select oid from relations) and attnum > 0
      union all select concat_ws(' ', 'constraint', conrelid, conname) from pg_constraint where conrelid in (select oid from relations)
      union all select concat_ws(' ', 'trigger', tgrelid, tgname, tgenabled, tgfoid)
        from pg_trigger where tgrelid in (select oid from relations) and not tgisinternal
      union all select concat_ws(' ', 'function', oid, proname, proowner, md5(prosrc)) from pg_proc where pronamespace in (select oid from schemas)
      union all select concat_ws(' ', 'comment', objoid, objsubid, description)
        from pg_description where objoid in (select oid from relations)
    ) as items`);
  return rows[0]?.digest ?? "";
}

function canonical(sql: string): string {
  return sql.replaceAll("\r\n", "\n").trimEnd();
}
