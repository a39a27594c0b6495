-- Seals over the audit log: a chain of digests by which a change of any sealed row, by whomever, is found, and named by its
-- range. Each seal covers all ids from the one before it up to its last_id. The head of the chain is kept outside the
-- database too: who can rewrite rows can rewrite seals, but not what was written down elsewhere.

create table public.audit_seals (
  id bigint not null,
  first_id bigint not null,
  last_id bigint not null,
  row_count bigint not null,
  rows_digest text not null,
  digest text not null,
  created_at timestamptz not null,
  constraint audit_seals_pkey primary key (id),
  constraint audit_seals_range_check check (id > 0 and first_id <= last_id and row_count > 0),
  constraint audit_seals_digest_check check (rows_digest ~ '^[0-9a-f]{64}$' and digest ~ '^[0-9a-f]{64}$')
);
comment on table public.audit_seals is 'Append-only. Written by seal_audit_log; the row of the highest id is the head';
comment on column public.audit_seals.id is '1, 2, 3 … without gaps';
comment on column public.audit_seals.first_id is 'last_id of the seal before, plus 1; the first seal begins at 1 and covers all below too';
comment on column public.audit_seals.last_id is 'Nothing can appear at or below it any more';
comment on column public.audit_seals.rows_digest is 'SHA-256, hex, over the SHA-256s (hex) of the rows'' lines, by id, a newline between two';
comment on column public.audit_seals.digest is
  'SHA-256, hex, over: pilab-audit-seal-1, id, first_id, last_id, row_count, rows_digest and the digest of the seal before (empty for the first), a newline between two';

create or replace function pilab.refuse_audit_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op) using errcode = '42501';
end $$;

create trigger audit_seals_append_only before update or delete or truncate on public.audit_seals
  for each statement execute function pilab.refuse_audit_change();

-- Named columns, not the whole row: a column that a later migration adds must not change the lines of today.
create function pilab.audit_line(entry public.storage_audit_log) returns text
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'id', entry.id,
    'created_at', to_char(entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'correlation_id', entry.correlation_id,
    'actor', entry.actor,
    'actor_claimed', entry.actor_claimed,
    'device_id', entry.device_id,
    'action', entry.action,
    'object_type', entry.object_type,
    'object_id', entry.object_id,
    'details', entry.details
  )::text
$$;
comment on function pilab.audit_line(public.storage_audit_log) is
  'The canonical line of an entry: one JSON object as jsonb writes it, times in UTC to the microsecond. Seals are over it, exports carry it';

create function pilab.sha256_hex(content text) returns text
language sql immutable set search_path = ''
as $$ select encode(sha256(convert_to(content, 'UTF8')), 'hex') $$;
comment on function pilab.sha256_hex(text) is 'SHA-256 of the text in UTF-8, lower-case hex';

create function pilab.seal_digest(seal public.audit_seals, digest_before text) returns text
language sql immutable set search_path = ''
as $$
  select pilab.sha256_hex(concat_ws(e'\n', 'pilab-audit-seal-1', seal.id, seal.first_id, seal.last_id, seal.row_count,
    seal.rows_digest, coalesce(digest_before, '')))
$$;
comment on function pilab.seal_digest(public.audit_seals, text) is 'What the digest of a seal must be after the seal before it';

create function public.seal_audit_log(max_rows integer default 10000) returns setof public.audit_seals
language plpgsql security definer set search_path = ''
as $$
declare
  head public.audit_seals;
  seal public.audit_seals;
begin
  if max_rows not between 1 and 100000 or max_rows is null then
    raise exception 'max_rows is 1 to 100000; got %', coalesce(max_rows::text, 'null') using errcode = '22023';
  end if;
  -- A writer waits behind a lock that waits, so this gives up soon; the next call finds the same rows.
  perform set_config('lock_timeout', '2s', true);
  lock table public.audit_seals in share row exclusive mode;
  -- Ids are given out before commit. This waits for every transaction that has one, and keeps new ones out: what it
  -- then sees is all that will ever be below the highest id.
  lock table public.storage_audit_log in share mode;

  select s.* into head from public.audit_seals s order by s.id desc limit 1;
  select coalesce(head.id, 0) + 1, coalesce(head.last_id, 0) + 1, max(e.id), count(*),
      pilab.sha256_hex(string_agg(pilab.sha256_hex(e.line), e'\n' order by e.id)), '', clock_timestamp()
    into seal
    from (
      select l.id, pilab.audit_line(l) as line from public.storage_audit_log l
      where head.id is null or l.id > head.last_id order by l.id limit max_rows
    ) as e;
  if seal.row_count = 0 then
    return;
  end if;
  seal.digest := pilab.seal_digest(seal, head.digest);
  insert into public.audit_seals values (seal.*);
  return next seal;
end $$;
comment on function public.seal_audit_log(integer) is
  'Seals the oldest unsealed rows of the audit log, at most max_rows, and gives the new head; no row: all is sealed. Call until then. 55P03: a writer took too long, try again';

create function public.verify_audit_seals(after_seal bigint default 0, max_seals integer default 100) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  before public.audit_seals;
  seal public.audit_seals;
  found_count bigint;
  found_digest text;
  why text;
  checked bigint := 0;
  rows_checked bigint := 0;
begin
  if not (pilab.is_service() or pilab.role_is('operator', 'admin')) then
    raise exception 'verify_audit_seals is for operators and admins' using errcode = '42501';
  end if;
  if after_seal < 0 or max_seals not between 1 and 1000 or num_nulls(after_seal, max_seals) > 0 then
    raise exception 'after_seal is 0 or the id of a seal, max_seals 1 to 1000' using errcode = '22023';
  end if;
  select s.* into before from public.audit_seals s where s.id = after_seal;
  if after_seal > 0 and before.id is null then
    why := 'seal_missing';
    seal.id := after_seal;
  end if;
  for seal in select * from public.audit_seals s where why is null and s.id > after_seal order by s.id limit max_seals loop
    select count(*), pilab.sha256_hex(string_agg(pilab.sha256_hex(pilab.audit_line(l)), e'\n' order by l.id))
      into found_count, found_digest
      from public.storage_audit_log l where (seal.id = 1 or l.id >= seal.first_id) and l.id <= seal.last_id;
    why := case
      when seal.id <> coalesce(before.id, 0) + 1 then 'seal_missing'
      when seal.first_id <> coalesce(before.last_id, 0) + 1 or seal.digest <> pilab.seal_digest(seal, before.digest) then 'seal_changed'
      when found_count < seal.row_count then 'rows_missing'
      when found_count > seal.row_count then 'rows_added'
      when found_digest <> seal.rows_digest then 'rows_changed'
    end;
    exit when why is not null;
    checked := checked + 1;
    rows_checked := rows_checked + found_count;
    before := seal;
  end loop;
  return jsonb_build_object(
    'seals', checked,
    'rows', rows_checked,
    'head', case when before.id is not null then jsonb_build_object('id', before.id, 'last_id', before.last_id, 'digest', before.digest) end,
    'broken', case when why is not null then jsonb_build_object(
      'id', case when why = 'seal_missing' then coalesce(before.id, 0) + 1 else seal.id end,
      'first_id', coalesce(before.last_id, 0) + 1, 'last_id', seal.last_id, 'reason', why) end,
    'more', why is null and exists (select from public.audit_seals s where s.id > before.id)
  );
end $$;
comment on function public.verify_audit_seals(bigint, integer) is
  'Checks seals after one that is known to be good (0: from the first) against the rows: {seals, rows, head: the last good seal, broken: the first broken one with its range and reason, more}. Compare head with the one kept outside';

create function public.audit_lines(after_id bigint default 0, max_rows integer default 1000)
returns table (id bigint, line text, seal_id bigint)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
  if max_rows not between 1 and 1000 or num_nulls(after_id, max_rows) > 0 then
    raise exception 'max_rows is 1 to 1000; got %', coalesce(max_rows::text, 'null') using errcode = '22023';
  end if;
  return query
    select l.id, pilab.audit_line(l), (select s.id from public.audit_seals s where s.last_id >= l.id order by s.last_id limit 1)
    from public.storage_audit_log l where l.id > after_id order by l.id limit max_rows;
end $$;
comment on function public.audit_lines(bigint, integer) is
  'Entries after an id as their canonical lines, a page at a time: what an export writes and what seals are over. seal_id NULL: not sealed yet';

revoke all on function
  pilab.audit_line(public.storage_audit_log), pilab.sha256_hex(text), pilab.seal_digest(public.audit_seals, text),
  public.seal_audit_log(integer), public.verify_audit_seals(bigint, integer), public.audit_lines(bigint, integer)
  from public, anon, authenticated, service_role;
-- With the caller's own rights: who may read the log may check it.
grant execute on function
  pilab.audit_line(public.storage_audit_log), pilab.sha256_hex(text), pilab.seal_digest(public.audit_seals, text),
  public.verify_audit_seals(bigint, integer), public.audit_lines(bigint, integer)
  to authenticated, service_role;
grant execute on function public.seal_audit_log(integer) to service_role;

-- An entry's seal.
create unique index audit_seals_last_id_idx on public.audit_seals (last_id);

alter table public.audit_seals enable row level security;
revoke all on public.audit_seals from public, anon, authenticated, service_role;
grant select on public.audit_seals to authenticated, service_role;

create policy audit_seals_select_for_operators on public.audit_seals for select to authenticated
  using ((select pilab.role_is('operator', 'admin')));
