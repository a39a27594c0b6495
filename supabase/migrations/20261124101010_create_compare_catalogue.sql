-- Reconcile's eyes: rows and objects side by side, a page of names at a time, each side read along its index. Whoever finds a
-- difference here judges it again under locks before anything is done: see take_in_unknown, log_captures and record_checks.

create function public.compare_catalogue(bucket_id text, after_path text default '', max_rows integer default 1000, min_age_s integer default 3600)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  through text;
begin
  if max_rows not between 1 and 1000 or min_age_s < 0 or num_nulls(after_path, max_rows, min_age_s) > 0 then
    raise exception 'max_rows is 1 to 1000, min_age_s 0 or more' using errcode = '22023';
  end if;
  if not exists (select from public.bucket_settings b where b.bucket_id = compare_catalogue.bucket_id) then
    raise exception 'No bucket of captures: %', bucket_id using errcode = '22023';
  end if;
  -- Both sides are read to the same name: the last one of the side that comes less far.
  select min(last_name) into through from (
    select max(name) as last_name from (
      select o.name from storage.objects o where o.bucket_id = compare_catalogue.bucket_id and o.name > after_path order by o.name limit max_rows
    ) as names having count(*) = max_rows
    union all
    select max(object_path) from (
      select c.object_path from public.captures c
      where c.bucket_id = compare_catalogue.bucket_id and c.object_path > after_path order by c.object_path limit max_rows
    ) as names having count(*) = max_rows
  ) as ends;
  return (
    with objects as (
      select o.*, (o.metadata ->> 'size')::bigint as size_bytes, greatest(o.created_at, o.updated_at) > now() - make_interval(secs => min_age_s) as is_young
      from storage.objects o
      where o.bucket_id = compare_catalogue.bucket_id and o.name > after_path and (through is null or o.name <= through)
    ),
    rows as (
      select c.* from public.captures c
      where c.bucket_id = compare_catalogue.bucket_id and c.object_path > after_path and (through is null or c.object_path <= through)
    ),
    pairs as (
      select coalesce(o.name, c.object_path) as path, o, c, o.is_young,
        case
          when c.id is null then 'no_row'
          when c.purged_at is not null then case when o.id is not null then 'tombstone' end
          -- The purge that claimed it, or the next one, brings it to an end.
          when c.purging_at is not null then null
          when o.id is null then 'no_object'
          when o.size_bytes is distinct from c.size_bytes then 'size_differs'
          when (t.name, (t.metadata ->> 'size')::bigint) is distinct from (c.thumbnail_path, c.thumbnail_bytes) then 'thumbnail_differs'
          when k.outcome = 'missing' then 'found_again'
        end as kind
      from objects o full join rows c on c.object_path = o.name
      left join storage.objects t on c.purging_at is null and t.bucket_id = c.bucket_id || '-thumbs' and t.name = c.object_path || '.webp'
        and (t.metadata ->> 'size')::bigint > 0
      left join public.capture_checks k on k.capture_id = c.id and k.outcome <> 'ok'
    )
    select jsonb_build_object(
      'through', through,
      'objects', count((o).id),
      'rows', count((c).id) filter (where (c).purged_at is null),
      'young', count(*) filter (where kind in ('no_row', 'tombstone') and is_young),
      'faults', coalesce(jsonb_agg(jsonb_build_object(
        'kind', kind, 'path', path, 'id', (c).id, 'row_bytes', (c).size_bytes, 'trashed', (c).deleted_at is not null,
        'object_bytes', ((o).metadata ->> 'size')::bigint, 'stored_at', (o).created_at, 'content_type', (o).metadata ->> 'mimetype',
        'user_metadata', case when pg_column_size((o).user_metadata) <= 8192 then (o).user_metadata end
      ) order by path) filter (where kind not in ('no_row', 'tombstone') or kind is not null and not is_young), '[]')
    )
    from pairs
  );
end $$;
comment on function public.compare_catalogue(text, text, integer, integer) is
  'Names of a bucket after one, objects and rows side by side: {through: where to go on, NULL at the end; objects, rows, young: objects without a row that are younger than min_age_s, faults: [{kind, path, …}]}. Kinds: no_row, tombstone (an object at the path of a purged row), no_object, size_differs, thumbnail_differs, found_again (recorded as missing, and there)';

create function public.compare_thumbnails(bucket_id text, after_path text default '', max_rows integer default 1000, min_age_s integer default 604800)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  thumbs constant text := bucket_id || '-thumbs';
begin
  if max_rows not between 1 and 1000 or min_age_s < 0 or num_nulls(after_path, max_rows, min_age_s) > 0 then
    raise exception 'max_rows is 1 to 1000, min_age_s 0 or more' using errcode = '22023';
  end if;
  return (
    with page as (
      select o.name, o.metadata, greatest(o.created_at, o.updated_at) > now() - make_interval(secs => min_age_s) as is_young
      from storage.objects o where o.bucket_id = thumbs and o.name > after_path order by o.name limit max_rows
    ),
    alone as (
      select page.* from page
      where not exists (
        select from public.captures c
        where page.name like '%.webp' and c.bucket_id = compare_thumbnails.bucket_id and c.object_path = left(page.name, -5) and c.purged_at is null
      ) and not exists (
        select from storage.objects o
        where page.name like '%.webp' and o.bucket_id = compare_thumbnails.bucket_id and o.name = left(page.name, -5)
      )
    )
    select jsonb_build_object(
      'through', (select max(name) from page having count(*) = max_rows),
      'objects', (select count(*) from page),
      'young', (select count(*) from alone where is_young),
      'faults', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'kind', 'thumbnail_alone', 'path', name, 'object_bytes', (metadata ->> 'size')::bigint
        ) order by name), '[]')
        from alone where not is_young
      )
    )
  );
end $$;
comment on function public.compare_thumbnails(text, text, integer, integer) is
  'As compare_catalogue, for <bucket>-thumbs: thumbnail_alone has neither a row that is stored nor an object. An agent sends the thumbnail first and the rest when it can, so young is a week';

create function public.refresh_thumbnails(ids uuid[]) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
  changed integer;
begin
  perform pilab.lock_captures(ids);
  update public.captures c set thumbnail_path = t.name, thumbnail_bytes = (t.metadata ->> 'size')::bigint
  from public.captures same left join storage.objects t
    on t.bucket_id = same.bucket_id || '-thumbs' and t.name = same.object_path || '.webp' and (t.metadata ->> 'size')::bigint > 0
  where c.id = same.id and same.id = any (ids) and same.purging_at is null
    and (same.thumbnail_path, same.thumbnail_bytes) is distinct from (t.name, (t.metadata ->> 'size')::bigint);
  get diagnostics changed = row_count;
  return changed;
end $$;
comment on function public.refresh_thumbnails(uuid[]) is
  'Makes rows say what lies beside their objects as a thumbnail, or that nothing does; at most 500. How many it changed';

revoke all on function
  public.compare_catalogue(text, text, integer, integer), public.compare_thumbnails(text, text, integer, integer),
  public.refresh_thumbnails(uuid[])
  from public, anon, authenticated, service_role;
grant execute on function
  public.compare_catalogue(text, text, integer, integer), public.compare_thumbnails(text, text, integer, integer),
  public.refresh_thumbnails(uuid[])
  to service_role;
