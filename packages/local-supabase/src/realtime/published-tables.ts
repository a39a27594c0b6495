import type { Engine, Tx } from "../engine.ts";
import type { Caller } from "../gate.ts";
import { quoteIdentifier } from "./filter.ts";

/** The channel of NOTIFY on which the triggers tell of changes. */
export const NOTIFY_CHANNEL = "pilab_changes";

/** A table of publication supabase_realtime, as far as sending its rows needs. */
export interface PublishedTable {
  oid: number;
  schema: string;
  name: string;
  /** The primary key's columns; a table without one is not served. */
  key: string[];
  columns: PublishedColumn[];
}

/** A published column of such a table. */
export interface PublishedColumn {
  name: string;
  /** `pg_type.typname`, by which supabase-js converts values: `int8`, `timestamptz`, `_text`. */
  type: string;
  /** The type as SQL writes it: `numeric(10,2)`. */
  sqlType: string;
  /** The API roles that may read it. */
  readableBy: Caller["role"][];
}

/**
 * Reads the tables of publication supabase_realtime and makes their triggers match: hosted Supabase follows the
 * publication through the write-ahead log, so migrations name tables there and nowhere else.
 */
export function syncPublishedTables(engine: Engine): Promise<PublishedTable[]> {
  return engine.transaction(async (tx) => {
    const { rows: installed } = await tx.query<{ table: string; published: boolean }>(INSTALLED);
    const { rows: tables } = await tx.query<PublishedTable>(PUBLISHED);
    const done = new Set(installed.map((row) => row.table));
    if (installed.length === 0) await tx.exec(NOTIFY_FUNCTION);
    for (const { table, published } of installed) {
      if (!published) await dropTriggers(tx, table);
    }
    for (const table of tables) {
      if (!done.has(sqlName(table))) await createTriggers(tx, table);
    }
    return tables;
  });
}

/** `"schema"."table"`, quoted. */
export function sqlName({ schema, name }: Pick<PublishedTable, "schema" | "name">): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

async function createTriggers(tx: Tx, table: PublishedTable): Promise<void> {
  const key = table.key.map((column) => `'${column.replaceAll("'", "''")}'`).join(", ");
  // Transition tables are allowed for one event a trigger: hence three.
  for (const [event, rows] of [
    ["insert", "new"],
    ["update", "new"],
    ["delete", "old"],
  ]) {
    await tx.exec(`create or replace trigger pilab_realtime_${event} after ${event} on ${sqlName(table)}
      referencing ${rows} table as changed for each statement execute function pilab_local.notify_changes(${key})`);
  }
}

async function dropTriggers(tx: Tx, table: string): Promise<void> {
  for (const event of ["insert", "update", "delete"]) {
    await tx.exec(`drop trigger if exists pilab_realtime_${event} on ${table}`);
  }
}

// Statement-level: 500 rows of one call are ten notifications, not 500. Only keys travel, as NOTIFY carries 8 kB and
// every session may listen. Keys of long text go one by one, and one that does not fit even so goes unsaid.
const NOTIFY_FUNCTION = /* sql */ `
create schema if not exists pilab_local;
create or replace function pilab_local.notify_changes() returns trigger language plpgsql set search_path = '' as $$
declare
  keys jsonb;
  one jsonb;
  told jsonb := jsonb_build_object('table', tg_relid::bigint, 'type', tg_op, 'at', clock_timestamp());
begin
  for keys in
    select jsonb_agg(numbered.key order by numbered.n)
    from (
      select row_number() over () as n,
        (select jsonb_object_agg(part, to_jsonb(changed) -> part) from unnest(tg_argv) as part) as key
      from changed
    ) as numbered
    group by (numbered.n - 1) / 50
    order by min(numbered.n)
  loop
    if octet_length((told || jsonb_build_object('keys', keys))::text) < 7900 then
      perform pg_notify('${NOTIFY_CHANNEL}', (told || jsonb_build_object('keys', keys))::text);
    else
      for one in select value from jsonb_array_elements(keys) loop
        if octet_length((told || jsonb_build_object('keys', jsonb_build_array(one)))::text) < 7900 then
          perform pg_notify('${NOTIFY_CHANNEL}', (told || jsonb_build_object('keys', jsonb_build_array(one)))::text);
        end if;
      end loop;
    end if;
  end loop;
  return null;
end $$;`;

const INSTALLED = /* sql */ `
select distinct format('%I.%I', n.nspname, c.relname) as "table",
  exists (select from pg_publication_tables p
    where p.pubname = 'supabase_realtime' and p.schemaname = n.nspname and p.tablename = c.relname) as published
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where t.tgname in ('pilab_realtime_insert', 'pilab_realtime_update', 'pilab_realtime_delete') and not t.tgisinternal`;

const PUBLISHED = /* sql */ `
select c.oid::int8 as oid, n.nspname::text as schema, c.relname::text as name,
  (select jsonb_agg(a.attname order by a.attnum) from pg_attribute a
    where a.attrelid = c.oid and a.attnum = any(i.indkey)) as key,
  (select jsonb_agg(jsonb_build_object(
      'name', a.attname, 'type', t.typname, 'sqlType', format_type(a.atttypid, a.atttypmod),
      'readableBy', (select coalesce(jsonb_agg(r.rolname), '[]') from pg_roles r
        where r.rolname in ('anon', 'authenticated', 'service_role')
          and has_column_privilege(r.oid, c.oid, a.attnum, 'select'))) order by a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname = any(p.attnames)) as columns
from pg_publication_tables p
join pg_namespace n on n.nspname = p.schemaname
join pg_class c on c.relnamespace = n.oid and c.relname = p.tablename and c.relkind = 'r'
join pg_index i on i.indrelid = c.oid and i.indisprimary
where p.pubname = 'supabase_realtime'
order by 2, 3`;
