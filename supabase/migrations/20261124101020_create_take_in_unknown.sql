-- An object that nothing vouches for: nobody's claim about it holds. It becomes a capture of unknown origin in the trash,
-- where an operator can look at it and restore it, and which its grace empties; or, when its bytes are no picture and no
-- video, a capture that is being purged. Either way the row comes first: from then on no log_captures can make another of
-- this path, and what a crash leaves behind the next run finishes.

create function public.take_in_unknown(item jsonb, remove boolean default false)
returns table (id uuid, outcome text, reason text)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  given record;
  c public.captures;
  fault text;
  of_nobody uuid;
  object storage.objects;
begin
  select r.* into given from pilab.read_capture(item) as r;
  c := given.candidate;
  -- A device of its own: a row in the trash under the Pi's would tell the Pi that its file was dealt with by policy. Retired:
  -- nobody expects captures of it.
  insert into public.devices (slug, name, retired_at) values ('unknown-origin', 'Unknown origin', now())
    on conflict (slug) do nothing;
  select d.id into of_nobody from public.devices d where d.slug = 'unknown-origin' for no key update;
  select o.* into object from storage.objects o where o.bucket_id = c.bucket_id and o.name = c.object_path;
  fault := case
    when coalesce(given.fault, pilab.capture_fault(c)) is not null then 'invalid: ' || coalesce(given.fault, pilab.capture_fault(c))
    when not exists (select from public.bucket_settings b where b.bucket_id = c.bucket_id) then 'unknown_bucket'
    when object.id is null then 'object_missing'
    when (object.metadata ->> 'size')::bigint is distinct from c.size_bytes then 'size_differs'
    when exists (select from public.captures k where k.bucket_id = c.bucket_id and k.object_path = c.object_path) then 'path_taken'
    when exists (
      select from public.captures k where k.bucket_id = c.bucket_id and k.sha256 = c.sha256 and k.device_id = of_nobody
    ) then 'copy'
  end;
  if fault = 'copy' and remove then
    -- The tombstone of the same bytes comes to lie here: it keeps the path as a row of its own would.
    update public.captures k set object_path = c.object_path, thumbnail_path = null, thumbnail_bytes = null
      where k.bucket_id = c.bucket_id and k.sha256 = c.sha256 and k.device_id = of_nobody and k.purged_at is not null
      returning k.id into c.id;
    if found then
      perform pilab.write_audit('capture.purging', 'capture', c.id::text, of_nobody,
        jsonb_build_object('object_path', c.object_path, 'sha256', c.sha256, 'size_bytes', c.size_bytes, 'delete_reason', 'not_a_capture'));
      return query select c.id, 'held'::text, null::text;
      return;
    end if;
  end if;
  if fault is not null then
    return query select null::uuid, 'refused'::text, fault;
    return;
  end if;
  insert into public.captures (
    bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, captured_at, captured_at_source,
    width, height, brightness, sharpness, contrast, measures_source, measures_version, exif, metadata,
    thumbnail_path, thumbnail_bytes, storage_object_id, created_at, deleted_at, delete_reason, purging_at
  )
  select c.bucket_id, c.object_path, c.file_name, c.sha256, c.size_bytes, c.content_type, of_nobody, c.captured_at, c.captured_at_source,
    c.width, c.height, c.brightness, c.sharpness, c.contrast, c.measures_source, c.measures_version,
    coalesce(c.exif, '{}'), coalesce(c.metadata, '{}'),
    thumbnail.name, (thumbnail.metadata ->> 'size')::bigint, object.id, now(), now(),
    case when remove then 'not_a_capture' else 'unknown_origin' end, case when remove then now() end
  from (select) as one
  left join storage.objects thumbnail on thumbnail.bucket_id = c.bucket_id || '-thumbs'
    and thumbnail.name = c.object_path || '.webp' and (thumbnail.metadata ->> 'size')::bigint > 0
  on conflict do nothing
  returning captures.id into c.id;
  if not found then
    return query select null::uuid, 'refused'::text, 'path_taken'::text;
    return;
  end if;
  perform pilab.write_audit(case when remove then 'capture.purging' else 'capture.taken_in' end, 'capture', c.id::text, of_nobody,
    jsonb_build_object('object_path', c.object_path, 'sha256', c.sha256, 'size_bytes', c.size_bytes,
      'delete_reason', case when remove then 'not_a_capture' else 'unknown_origin' end));
  return query select c.id, case when remove then 'purging' else 'trashed' end, null::text;
end $$;
comment on function public.take_in_unknown(jsonb, boolean) is
  'A row of the device unknown-origin for an object without one, in the trash, or with remove claimed for a purge (purging: as any other; held: the tombstone of the same bytes keeps the path, remove the object). refused: invalid: …, unknown_bucket, object_missing, size_differs, path_taken, copy (these bytes are here as of unknown origin already)';

revoke all on function public.take_in_unknown(jsonb, boolean) from public, anon, authenticated, service_role;
grant execute on function public.take_in_unknown(jsonb, boolean) to service_role;
