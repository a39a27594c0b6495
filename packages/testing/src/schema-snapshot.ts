/** What {@link snapshotSchema} reads through: a pg client, or an engine's transaction. */
export interface Catalogue {
  query(sql: string): Promise<{ rows: Record<string, unknown>[] }>;
}

/** The schemas public and pilab, and the policies of storage.objects, as sorted lines that tell all but object ids. */
export async function snapshotSchema(catalogue: Catalogue): Promise<string[]> {
  const { rows } = await catalogue.query(SNAPSHOT);
  return rows.map((row) => String(row.line)).sort();
}

const SNAPSHOT = /* sql */ `
  with ours as (select oid, nspname from pg_namespace where nspname in ('public', 'pilab')),
  relations as (select c.* from pg_class c where relnamespace in (select oid from ours))
  select concat_ws(' ', 'schema', nspname, pg_get_userbyid(nspowner), case nspname when 'pilab' then nspacl end) as line
    from pg_namespace where oid in (select oid from ours) and nspname = 'pilab'
  union all select concat_ws(' ', 'relation', oid::regclass, relkind, pg_get_userbyid(relowner), relrowsecurity, relforcerowsecurity, relreplident, relacl)
    from relations where relkind <> 'i'
  union all select concat_ws(' ', 'column', attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
      attgenerated, attacl, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid in (select oid from relations where relkind in ('r', 'v', 'c')) and attnum > 0 and not attisdropped
  union all select concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint where conrelid in (select oid from relations)
  union all select pg_get_indexdef(oid) from relations where relkind = 'i'
  union all select concat_ws(' ', pg_get_triggerdef(oid), tgenabled)
    from pg_trigger where tgrelid in (select oid from relations) and not tgisinternal
      -- Others' triggers on our tables, such as local-supabase's for Realtime, are not of the migrations.
      and tgfoid in (select oid from pg_proc where pronamespace in (select oid from ours))
  union all select concat_ws(' ', pg_get_functiondef(oid), pg_get_userbyid(proowner), proacl)
    from pg_proc where pronamespace in (select oid from ours)
  union all select concat_ws(' ', 'policy', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check)
    from pg_policies where schemaname in ('public', 'pilab', 'storage')
  union all select concat_ws(' ', 'published', schemaname, tablename) from pg_publication_tables where pubname = 'supabase_realtime'
  union all select concat_ws(' ', 'comment', description)
    from pg_description where objoid in (select oid from relations union select oid from ours union select oid from pg_proc where pronamespace in (select oid from ours))
      and objsubid = 0
  union all select concat_ws(' ', 'bucket', id, public, file_size_limit, allowed_mime_types) from storage.buckets`;
