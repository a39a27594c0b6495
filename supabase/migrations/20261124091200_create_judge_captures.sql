-- The decision behind log_captures: what becomes of each item of a batch. It reads and writes nothing.

-- One item's verdict. candidate is the row as it would be written; its id and object_path are the row's once one is known.
create type pilab.capture_verdict as ("position" integer, candidate public.captures, outcome text, reason text);

create function pilab.capture_fault(c public.captures) returns text
language sql immutable set search_path = ''
as $$
  select case
    when num_nulls(c.bucket_id, c.object_path, c.file_name, c.sha256, c.size_bytes, c.content_type, c.captured_at, c.captured_at_source) > 0
      then 'bucket_id, object_path, file_name, sha256, size_bytes, content_type, captured_at and captured_at_source are needed'
    when c.object_path !~ '^[a-z0-9-]{1,63}/.' or length(c.object_path) > 900 then 'object_path'
    when length(c.file_name) not between 1 and 255 then 'file_name'
    when c.sha256 !~ '^[0-9a-f]{64}$' then 'sha256'
    when c.size_bytes <= 0 then 'size_bytes'
    when c.content_type !~ '^[a-z]+/[a-z0-9.+-]{1,100}$' then 'content_type'
    when length(c.series) not between 1 and 200 then 'series'
    when length(c.shot_type) not between 1 and 200 then 'shot_type'
    when not (c.captured_at >= '1970-01-01 00:00:00+00' and c.captured_at < '2200-01-01 00:00:00+00') then 'captured_at'
    when c.captured_at_source not in ('caller', 'exif', 'sidecar', 'filename', 'mtime') then 'captured_at_source'
    when c.width <= 0 or c.height <= 0 then 'width, height'
    when c.brightness not between 0 and 1 or c.sharpness not between 0 and 1 or c.contrast not between 0 and 1
      then 'brightness, sharpness, contrast'
    when length(c.measures_source) > 100 or length(c.measures_version) > 100 then 'measures_source, measures_version'
    when jsonb_typeof(c.exif) <> 'object' or pg_column_size(c.exif) > 65536 then 'exif'
    when jsonb_typeof(c.metadata) <> 'object' or pg_column_size(c.metadata) > 65536 then 'metadata'
    when c.thumbnail_path <> c.object_path || '.webp' then 'thumbnail_path'
  end
$$;
comment on function pilab.capture_fault(public.captures) is
  'The field by which this row would break a constraint of captures; NULL: none. Keeps one bad item from failing its batch';

create function pilab.read_capture(item jsonb, out candidate public.captures, out fault text)
language plpgsql stable set search_path = ''
as $$
begin
  -- Only this in the block: each entry makes plpgsql prepare again what is evaluated inside.
  candidate := jsonb_populate_record(null::public.captures, item);
exception when data_exception then
  fault := sqlerrm;
end $$;
comment on function pilab.read_capture(jsonb) is 'An item of log_captures as a row, or why it cannot be one';

create function pilab.judge_captures(items jsonb, device public.devices) returns setof pilab.capture_verdict
language sql set search_path = ''
as $$
  with read as materialized (
    select (e.number - 1)::integer as "position", e.item ->> 'sha256' as asked, r.candidate as c, gen_random_uuid() as new_id,
      'invalid: ' || case
        when jsonb_typeof(e.item) <> 'object' then 'not an object'
        else coalesce(r.fault, pilab.capture_fault(r.candidate))
      end as invalid
    from jsonb_array_elements(items) with ordinality as e (item, number)
    cross join lateral pilab.read_capture(e.item) as r
  ),
  found as (
    select read.*, known,
      at_row.id as row_object_id,
      coalesce((at_row.metadata ->> 'size')::bigint = known.size_bytes, false) as row_is_whole,
      at_path.id as path_object_id,
      coalesce((at_path.metadata ->> 'size')::bigint = (c).size_bytes, false) and other.id is null as path_is_whole,
      case
        when invalid is not null then invalid
        when settings.bucket_id is null then 'unknown_bucket'
        -- Before anything is looked up by path: what lies in another folder is none of this device's business.
        when split_part((c).object_path, '/', 1) <> device.slug then 'foreign_folder'
        when known.size_bytes <> (c).size_bytes then 'size_differs'
      end as fault,
      case
        when other.id is not null then 'path_taken'
        when at_path.id is null then 'object_missing'
        else 'size_differs'
      end as fault_of_path
    from read
    left join public.bucket_settings settings on settings.bucket_id = (c).bucket_id
    left join public.captures known
      on known.bucket_id = (c).bucket_id and known.device_id = device.id and known.sha256 = (c).sha256
    left join storage.objects at_row on at_row.bucket_id = known.bucket_id and at_row.name = known.object_path
    left join storage.objects at_path
      on at_path.bucket_id = (c).bucket_id and at_path.name = (c).object_path and split_part(at_path.name, '/', 1) = device.slug
    left join public.captures other
      on other.bucket_id = (c).bucket_id and other.object_path = (c).object_path and other.id is distinct from known.id
  ),
  -- Items about the same bytes: the earliest that has its object stands for the row, the others repeat it.
  grouped as (
    select found.*, (known).id is not null as is_known,
      first_value("position") over by_fitness as leader,
      first_value(new_id) over by_fitness as leader_id,
      first_value((c).object_path) over by_fitness as leader_path,
      first_value((c).captured_at) over by_fitness as leader_captured_at,
      first_value(row_is_whole or path_is_whole) over by_fitness as leader_is_usable,
      lag((c).captured_at) over in_time as previous_captured_at
    from found
    where fault is null
    window
      by_fitness as (partition by (c).bucket_id, (c).sha256 order by row_is_whole or path_is_whole desc, (c).captured_at, "position"),
      in_time as (partition by (c).bucket_id, (c).sha256 order by (c).captured_at, "position")
  ),
  -- Two new captures on one path: the lower hash has it.
  placed as (
    select grouped.*, not is_known and (c).sha256 > min((c).sha256) over (
      partition by (c).bucket_id, leader_path, is_known, leader_is_usable
    ) as is_displaced
    from grouped
  ),
  judged as (
    select placed.*,
      case
        when (known).purging_at is not null then 'purged'
        when (known).deleted_at is not null then 'trashed'
        when not leader_is_usable or is_displaced then 'refused'
        when "position" = leader and not is_known then 'created'
        when "position" = leader and (not row_is_whole or row_object_id <> (known).storage_object_id) then 'restored'
        when (c).captured_at > greatest(
          coalesce((known).captured_at, leader_captured_at), (known).last_repeated_at, previous_captured_at
        ) then 'repeated'
        else 'duplicate'
      end as outcome
    from placed
  )
  select "position",
    jsonb_populate_record(c, jsonb_build_object(
      'id', coalesce((known).id, leader_id),
      'object_path', case
        when not is_known then leader_path
        when outcome = 'restored' and not row_is_whole then (c).object_path
        else (known).object_path
      end,
      'storage_object_id', case when row_is_whole then row_object_id else path_object_id end
    )),
    outcome,
    case when outcome <> 'refused' then null when is_displaced and leader_is_usable then 'path_taken' else fault_of_path end
  from judged
  union all
  select "position", jsonb_populate_record(null::public.captures, jsonb_build_object('sha256', asked)), 'refused', fault
  from found where fault is not null
$$;
comment on function pilab.judge_captures(jsonb, public.devices) is 'Decides each item of log_captures; reads only. The caller holds the locks';

revoke all on function
  pilab.capture_fault(public.captures), pilab.read_capture(jsonb), pilab.judge_captures(jsonb, public.devices)
  from public, anon, authenticated, service_role;
