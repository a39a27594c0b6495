-- What operators do with captures: pin, publish, trash, restore, and set series, shot type and metadata. Batches of at most
-- 500 ids; each distinct id gets an outcome (changed, unchanged, or refused with the reason), and one that is refused fails
-- nothing but itself. Counters and the audit log follow by the triggers of captures.

create function pilab.lock_captures(ids uuid[]) returns void
language plpgsql set search_path = ''
as $$
begin
  if not (pilab.is_service() or pilab.role_is('operator', 'admin')) then
    raise exception 'Only operators and admins may change captures' using errcode = '42501';
  end if;
  if coalesce(cardinality(ids), 501) > 500 then
    raise exception 'A call takes at most 500 ids; got %', coalesce(cardinality(ids)::text, 'null') using errcode = '22023';
  end if;
  -- As log_captures does it: who holds the devices has their captures and counters to himself.
  perform from public.devices d
    where d.id in (select c.device_id from public.captures c where c.id = any (ids))
    order by d.id for no key update;
  perform from public.captures c where c.id = any (ids) order by c.sha256, c.id for no key update;
end $$;
comment on function pilab.lock_captures(uuid[]) is
  'Refuses who may not change captures, then locks devices by id and captures by sha256. What is read after it is as it stays';

create function pilab.judge_life_change(verb text, ids uuid[]) returns table (id uuid, outcome text, reason text)
language sql stable set search_path = ''
as $$
  select asked.id,
    case when fault.reason is not null then 'refused' when is_so then 'unchanged' else 'changed' end,
    fault.reason
  from (select distinct unnest(ids)) as asked (id)
  left join public.captures c on c.id = asked.id
  left join storage.objects o on verb = 'restore' and o.bucket_id = c.bucket_id and o.name = c.object_path
  cross join lateral (
    select case verb
      when 'pin' then c.pinned_at is not null
      when 'unpin' then c.pinned_at is null
      when 'publish' then c.is_public
      when 'unpublish' then not c.is_public
      when 'soft_delete' then c.deleted_at is not null
      when 'restore' then c.deleted_at is null
      else false
    end
  ) as already (is_so)
  cross join lateral (
    select case
      when c.id is null then 'not_found'
      when c.purged_at is not null then 'purged'
      when c.purging_at is not null then 'purging'
      when verb = 'publish' and c.deleted_at is not null then 'trashed'
      when verb = 'soft_delete' and c.deleted_at is null and c.pinned_at is not null then 'pinned'
      -- A live row always has its object.
      when verb = 'restore' and c.deleted_at is not null and o.id is null then 'object_missing'
      when verb = 'restore' and c.deleted_at is not null and (o.metadata ->> 'size')::bigint is distinct from c.size_bytes
        then 'size_differs'
    end
  ) as fault (reason)
  where asked.id is not null
$$;
comment on function pilab.judge_life_change(text, uuid[]) is
  'Decides each id of a function that changes captures; reads only. The caller holds the locks';

create function pilab.change_captures(verb text, ids uuid[], delete_reason text default null)
returns table (id uuid, outcome text, reason text)
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
begin
  perform pilab.lock_captures(ids);
  return query
    with judged as (select * from pilab.judge_life_change(verb, ids)), done as (
      update public.captures c set
        pinned_at = case verb when 'pin' then now() when 'unpin' then null else c.pinned_at end,
        is_public = case verb when 'publish' then true when 'unpublish' then false else c.is_public end,
        deleted_at = case verb when 'soft_delete' then now() when 'restore' then null else c.deleted_at end,
        delete_reason = case verb when 'soft_delete' then change_captures.delete_reason when 'restore' then null else c.delete_reason end
      from judged where c.id = judged.id and judged.outcome = 'changed'
    )
    select * from judged;
end $$;
comment on function pilab.change_captures(text, uuid[], text) is 'Locks, judges and changes: all that the functions of one verb share';

-- RFC 7396, JSON Merge Patch: null removes a member, objects merge, all else replaces.
create function pilab.merge_patch(target jsonb, patch jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  if jsonb_typeof(patch) <> 'object' then
    return patch;
  end if;
  return (
    select coalesce(jsonb_object_agg(key, case when p.value is null then t.value else pilab.merge_patch(t.value, p.value) end), '{}')
    from jsonb_each(case when jsonb_typeof(target) = 'object' then target else '{}' end) as t
    full join jsonb_each(patch) as p using (key)
    where p.value is distinct from 'null'
  );
end $$;
comment on function pilab.merge_patch(jsonb, jsonb) is 'JSON Merge Patch (RFC 7396)';

revoke all on function
  pilab.lock_captures(uuid[]), pilab.judge_life_change(text, uuid[]), pilab.change_captures(text, uuid[], text),
  pilab.merge_patch(jsonb, jsonb)
  from public, anon, authenticated, service_role;

create function public.pin_captures(ids uuid[]) returns table (id uuid, outcome text, reason text)
language sql security definer set search_path = ''
as $$ select * from pilab.change_captures('pin', ids) $$;
comment on function public.pin_captures(uuid[]) is
  'Holds captures: retention neither trashes nor purges them; one in the trash stays there. refused: not_found, purging, purged';

create function public.unpin_captures(ids uuid[]) returns table (id uuid, outcome text, reason text)
language sql security definer set search_path = ''
as $$ select * from pilab.change_captures('unpin', ids) $$;
comment on function public.unpin_captures(uuid[]) is
  'Ends the hold. refused: not_found, purging, purged';

create function public.publish_captures(ids uuid[]) returns table (id uuid, outcome text, reason text)
language sql security definer set search_path = ''
as $$ select * from pilab.change_captures('publish', ids) $$;
comment on function public.publish_captures(uuid[]) is
  'Lets anyone read the rows, exif with its GPS included, and the objects. refused: not_found, trashed, purging, purged';

create function public.unpublish_captures(ids uuid[]) returns table (id uuid, outcome text, reason text)
language sql security definer set search_path = ''
as $$ select * from pilab.change_captures('unpublish', ids) $$;
comment on function public.unpublish_captures(uuid[]) is
  'Ends it; a URL that was signed before holds until it expires. refused: not_found, purging, purged';

create function public.soft_delete_captures(ids uuid[], delete_reason text default null) returns table (id uuid, outcome text, reason text)
language sql security definer set search_path = ''
as $$ select * from pilab.change_captures('soft_delete', ids, left(nullif(delete_reason, ''), 1000)) $$;
comment on function public.soft_delete_captures(uuid[], text) is
  'Moves captures to the trash, from which restore_captures brings them back while no purge has claimed them. refused: not_found, pinned, purging, purged';

create function public.restore_captures(ids uuid[]) returns table (id uuid, outcome text, reason text)
language sql security definer set search_path = ''
as $$ select * from pilab.change_captures('restore', ids) $$;
comment on function public.restore_captures(uuid[]) is
  'Takes captures out of the trash. refused: not_found, purging, purged, object_missing, size_differs (the object is not what the row tells of)';

create function public.set_capture_fields(ids uuid[], fields jsonb) returns table (id uuid, outcome text, reason text)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  if jsonb_typeof(fields) is distinct from 'object' or fields = '{}' or fields - array['series', 'shot_type', 'metadata'] <> '{}'
    or exists (
      select from jsonb_each(fields) as f where case
        when key = 'metadata' then jsonb_typeof(value) <> 'object'
        else jsonb_typeof(value) not in ('string', 'null') or length(value #>> '{}') not between 1 and 200
      end
    ) then
    raise exception 'fields takes series and shot_type (null, or 1 to 200 characters) and metadata (an object); got %', left(fields::text, 500)
      using errcode = '22023';
  end if;
  perform pilab.lock_captures(ids);
  return query
    with wanted as (
      select c, j.*,
        case when fields ? 'series' then fields ->> 'series' else c.series end as series,
        case when fields ? 'shot_type' then fields ->> 'shot_type' else c.shot_type end as shot_type,
        pilab.merge_patch(c.metadata, coalesce(fields -> 'metadata', '{}')) as metadata
      from pilab.judge_life_change('set', ids) as j left join public.captures c on c.id = j.id
    ),
    judged as (
      select w.id, w.series, w.shot_type, w.metadata,
        coalesce(w.reason, case when pg_column_size(w.metadata) > 65536 then 'metadata_too_large' end) as reason,
        ((c).series, (c).shot_type, (c).metadata) is not distinct from (w.series, w.shot_type, w.metadata) as is_so
      from wanted w
    ),
    done as (
      update public.captures c set series = j.series, shot_type = j.shot_type, metadata = j.metadata
      from judged j where c.id = j.id and j.reason is null and not j.is_so
    )
    select j.id, case when j.reason is not null then 'refused' when j.is_so then 'unchanged' else 'changed' end, j.reason
    from judged j;
end $$;
comment on function public.set_capture_fields(uuid[], jsonb) is
  'Sets those of series, shot_type and metadata that fields names: null clears a label, metadata is a JSON Merge Patch (RFC 7396). refused: not_found, purging, purged, metadata_too_large';

revoke all on function
  public.pin_captures(uuid[]), public.unpin_captures(uuid[]), public.publish_captures(uuid[]), public.unpublish_captures(uuid[]),
  public.soft_delete_captures(uuid[], text), public.restore_captures(uuid[]), public.set_capture_fields(uuid[], jsonb)
  from public, anon, authenticated, service_role;
grant execute on function
  public.pin_captures(uuid[]), public.unpin_captures(uuid[]), public.publish_captures(uuid[]), public.unpublish_captures(uuid[]),
  public.soft_delete_captures(uuid[], text), public.restore_captures(uuid[]), public.set_capture_fields(uuid[], jsonb)
  to authenticated, service_role;
