-- log_captures: the only door to the catalogue. A batch of items about objects that lie in the caller's own folder becomes
-- rows, counters, one capture_batches row and one audit row, in one transaction; each item gets an outcome, and one that is
-- refused fails nothing but itself.
--
-- Locks, in this order for every writer: the device's row (calls of one device come one after another), captures by sha256,
-- counters by key.

create function public.log_captures(captures jsonb, for_device_id uuid default null)
returns table ("position" integer, sha256 text, id uuid, object_path text, outcome text, reason text)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  device constant public.devices := pilab.calling_device(for_device_id);
  verdicts pilab.capture_verdict[];
  received_at timestamptz;
  batch_id bigint;
begin
  if jsonb_typeof(log_captures.captures) is distinct from 'array' or jsonb_array_length(log_captures.captures) > 500 then
    raise exception 'log_captures takes an array of at most 500 captures; got %',
      case jsonb_typeof(log_captures.captures)
        when 'array' then jsonb_array_length(log_captures.captures)::text else coalesce(jsonb_typeof(log_captures.captures), 'null')
      end using errcode = '22023';
  end if;

  perform from public.devices d where d.id = device.id for no key update;
  perform from public.captures c
    where c.device_id = device.id and (c.bucket_id, c.sha256) in (
      select item ->> 'bucket_id', item ->> 'sha256' from jsonb_array_elements(log_captures.captures) as items (item)
    )
    order by c.sha256 for no key update;
  -- After the wait for the locks, so that created_at follows the order of commits within a device.
  received_at := clock_timestamp();
  select array_agg(v order by (v.candidate).sha256, v."position") into verdicts
    from pilab.judge_captures(log_captures.captures, device) as v;

  insert into public.captures (
    id, bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, series, shot_type,
    captured_at, captured_at_source, captured_at_trusted, clock_offset_ms, width, height, brightness, sharpness, contrast,
    measures_source, measures_version, exif, metadata, thumbnail_path, thumbnail_bytes, storage_object_id, created_at
  )
  select c.id, c.bucket_id, c.object_path, c.file_name, c.sha256, c.size_bytes, c.content_type, device.id, c.series, c.shot_type,
    c.captured_at, c.captured_at_source, coalesce(c.captured_at_trusted, false), c.clock_offset_ms, c.width, c.height,
    c.brightness, c.sharpness, c.contrast, c.measures_source, c.measures_version,
    coalesce(c.exif, '{}'), coalesce(c.metadata, '{}'), thumbnail.name, (thumbnail.metadata ->> 'size')::bigint, c.storage_object_id, received_at
  from unnest(verdicts) as v
  cross join lateral (select (v.candidate).*) as c
  -- The thumbnail never holds its capture back: it is whatever lies beside it.
  left join storage.objects thumbnail on thumbnail.bucket_id = c.bucket_id || '-thumbs'
    and thumbnail.name = c.object_path || '.webp' and (thumbnail.metadata ->> 'size')::bigint > 0
  where v.outcome = 'created'
  order by c.sha256;

  update public.captures kept set
    object_path = change.object_path, storage_object_id = change.storage_object_id,
    thumbnail_path = thumbnail.name, thumbnail_bytes = (thumbnail.metadata ->> 'size')::bigint
  from (
    select (v.candidate).* from unnest(verdicts) as v where v.outcome = 'restored'
  ) as change
  left join storage.objects thumbnail on thumbnail.bucket_id = change.bucket_id || '-thumbs'
    and thumbnail.name = change.object_path || '.webp' and (thumbnail.metadata ->> 'size')::bigint > 0
  where kept.id = change.id;

  update public.captures kept
  set repeat_count = kept.repeat_count + change.repeats, last_repeated_at = change.last_repeated_at
  from (
    select (v.candidate).id, count(*) as repeats, max((v.candidate).captured_at) as last_repeated_at
    from unnest(verdicts) as v where v.outcome = 'repeated' group by (v.candidate).id
  ) as change
  where kept.id = change.id;

  insert into public.capture_batches as b (
    device_id, created_at, created_count, repeated_count, restored_count, bytes, newest_captured_at, newest_capture_id
  )
  select device.id, received_at, count(created.id), count(*) filter (where v.outcome = 'repeated'),
    count(*) filter (where v.outcome = 'restored'), coalesce(sum(created.size_bytes + coalesce(created.thumbnail_bytes, 0)), 0),
    max(created.captured_at), (array_agg(created.id order by created.captured_at desc) filter (where created.id is not null))[1]
  from unnest(verdicts) as v
  left join public.captures created on created.id = (v.candidate).id and v.outcome = 'created'
  where v.outcome in ('created', 'repeated', 'restored')
  having count(*) > 0
  returning b.id into batch_id;
  if batch_id is not null then
    perform pilab.write_audit('captures.logged', 'capture_batch', batch_id::text, device.id, (
      select jsonb_object_agg(outcome, ids) from (
        select v.outcome, jsonb_agg((v.candidate).id) as ids from unnest(verdicts) as v
        where v.outcome in ('created', 'repeated', 'restored') group by v.outcome
      ) as by_outcome
    ));
  end if;

  return query
    select v."position", (v.candidate).sha256, case when v.outcome <> 'refused' then (v.candidate).id end,
      case when v.outcome <> 'refused' then (v.candidate).object_path end, v.outcome, v.reason
    from unnest(verdicts) as v order by v."position";
end $$;
comment on function public.log_captures(jsonb, uuid) is
  'Catalogues at most 500 captures whose objects lie in the device''s own folder. outcome: created, duplicate (nothing changed), repeated, restored (the object had been missing), trashed, purged, or refused, with reason: invalid: …, unknown_bucket, foreign_folder, object_missing, size_differs or path_taken';
revoke all on function public.log_captures(jsonb, uuid) from public, anon, authenticated, service_role;
grant execute on function public.log_captures(jsonb, uuid) to authenticated, service_role;
