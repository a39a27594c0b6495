-- The purge of what has lain in the trash for its grace: begin_purge claims rows, the worker removes their objects by the
-- Storage API and looks again, finish_purge leaves tombstones. Between the two a row is purging: nothing brings it back,
-- so that no removal can meet a restore, and a run that died is finished by the next.

-- The trash of a bucket, oldest first, a page at a time: what a purge goes through, unfinished ones included.
create index captures_trash_idx on public.captures (bucket_id, deleted_at, id) where deleted_at is not null and purged_at is null;

create function public.begin_purge(bucket_id text, ids uuid[], lease_token bigint)
returns table (id uuid, outcome text, reason text, object_path text, bytes bigint)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  lease public.leases;
begin
  -- Shared until commit: nobody else can acquire the lease while rows are being claimed under it.
  select * into lease from public.leases l where l.name = 'retention:' || begin_purge.bucket_id for share;
  perform pilab.lock_captures(ids);
  if not coalesce(lease.lease_token = begin_purge.lease_token and lease.expires_at > clock_timestamp(), false) then
    raise exception 'Lease retention:% is not held with token %', begin_purge.bucket_id, coalesce(begin_purge.lease_token::text, 'null')
      using errcode = 'PT409', hint = 'It ran out, or another worker has it: stop, and acquire it anew.';
  end if;
  return query
    with judged as (
      select asked.id, fault.reason, c.purging_at is not null as is_so, c.object_path,
        c.size_bytes + coalesce(c.thumbnail_bytes, 0) as bytes
      from (select distinct unnest(ids)) as asked (id)
      left join public.captures c on c.id = asked.id and c.bucket_id = begin_purge.bucket_id
      cross join lateral (
        select case
          when c.id is null then 'not_found'
          when c.purged_at is not null then 'purged'
          when c.purging_at is not null then null
          when c.deleted_at is null then 'live'
          when c.pinned_at is not null then 'pinned'
          when c.deleted_at + make_interval(hours => 24 * pilab.grace_days(c)) > now() then 'in_grace'
        end
      ) as fault (reason)
      where asked.id is not null
    ),
    done as (
      update public.captures c set purging_at = now() from judged j where c.id = j.id and j.reason is null and not j.is_so
    )
    select j.id, case when j.reason is not null then 'refused' when j.is_so then 'unchanged' else 'changed' end, j.reason,
      j.object_path, j.bytes
    from judged j;
end $$;
comment on function public.begin_purge(text, uuid[], bigint) is
  'Claims trashed captures of a bucket for a purge, under the lease retention:<bucket_id>, at most 500. changed and unchanged (claimed before) are to be removed, object and thumbnail. refused: not_found, live, pinned, in_grace, purged. PT409: the lease is not held';

-- Asks for no lease: that an object is gone stays true when the lease ran out meanwhile.
create function public.finish_purge(ids uuid[]) returns table (id uuid, outcome text, reason text, object_path text, bytes bigint)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  perform pilab.lock_captures(ids);
  return query
    with judged as (
      select asked.id, fault.reason, c.purged_at is not null as is_so, c.object_path,
        c.size_bytes + coalesce(c.thumbnail_bytes, 0) as bytes
      from (select distinct unnest(ids)) as asked (id)
      left join public.captures c on c.id = asked.id
      cross join lateral (
        select case
          when c.id is null then 'not_found'
          when c.purged_at is not null then null
          when c.purging_at is null then 'not_purging'
          when pilab.is_stored(c) then 'object_present'
        end
      ) as fault (reason)
      where asked.id is not null
    ),
    done as (
      update public.captures c set purged_at = now(), exif = '{}', metadata = '{}'
      from judged j where c.id = j.id and j.reason is null and not j.is_so
    )
    select j.id, case when j.reason is not null then 'refused' when j.is_so then 'unchanged' else 'changed' end, j.reason,
      j.object_path, j.bytes
    from judged j;
end $$;
comment on function public.finish_purge(uuid[]) is
  'Makes tombstones of purging captures whose object and thumbnail are gone, at most 500; bytes of what changed are freed. refused: not_found, not_purging, object_present';

revoke all on function public.begin_purge(text, uuid[], bigint), public.finish_purge(uuid[])
  from public, anon, authenticated, service_role;
grant execute on function public.begin_purge(text, uuid[], bigint), public.finish_purge(uuid[]) to service_role;
