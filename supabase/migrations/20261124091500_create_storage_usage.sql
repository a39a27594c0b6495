-- How full a bucket is, from the counters alone. Runs with the caller's own rights.

create function public.storage_usage(bucket_id text) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  settings public.bucket_settings;
begin
  if not (pilab.is_service() or pilab.role_is('viewer', 'operator', 'admin')) then
    raise exception 'storage_usage is for viewers, operators and admins' using errcode = '42501';
  end if;
  select b.* into settings from public.bucket_settings b where b.bucket_id = storage_usage.bucket_id;
  if settings.bucket_id is null then
    raise exception 'Bucket % is not one of PiLab''s', coalesce(storage_usage.bucket_id, 'null') using errcode = '22023',
      hint = 'Each bucket of captures has a row in bucket_settings.';
  end if;
  return (
    with kept as (
      select s.*, s.live_files + s.trashed_files + s.purging_files as stored_files,
        s.live_bytes + s.trashed_bytes + s.purging_bytes as stored_bytes
      from public.capture_stats_daily s where s.bucket_id = storage_usage.bucket_id
    )
    select jsonb_build_object(
      'bucket_id', settings.bucket_id,
      'quota_bytes', settings.quota_bytes,
      'live', jsonb_build_object('files', coalesce(sum(live_files), 0), 'bytes', coalesce(sum(live_bytes), 0)),
      'trashed', jsonb_build_object('files', coalesce(sum(trashed_files), 0), 'bytes', coalesce(sum(trashed_bytes), 0)),
      'purging', jsonb_build_object('files', coalesce(sum(purging_files), 0), 'bytes', coalesce(sum(purging_bytes), 0)),
      'purged', jsonb_build_object('files', coalesce(sum(purged_files), 0), 'bytes', coalesce(sum(purged_bytes), 0)),
      'stored', jsonb_build_object('files', coalesce(sum(stored_files), 0), 'bytes', coalesce(sum(stored_bytes), 0)),
      'by_device', (
        select coalesce(jsonb_agg(to_jsonb(d) order by d.bytes desc, d.slug), '[]') from (
          select device_id, slug, sum(stored_files) as files, sum(stored_bytes) as bytes
          from kept join public.devices on devices.id = device_id
          group by device_id, slug having sum(stored_files) > 0
        ) as d
      ),
      'by_shot_type', (
        select coalesce(jsonb_agg(to_jsonb(t) order by t.bytes desc, t.shot_type), '[]') from (
          select shot_type, sum(stored_files) as files, sum(stored_bytes) as bytes
          from kept group by shot_type having sum(stored_files) > 0
        ) as t
      ),
      -- Series come and go with experiments: the hundred that hold most.
      'by_series', (
        select coalesce(jsonb_agg(to_jsonb(r) order by r.bytes desc, r.series), '[]') from (
          select series, sum(stored_files) as files, sum(stored_bytes) as bytes
          from kept group by series having sum(stored_files) > 0 order by bytes desc, series limit 100
        ) as r
      ),
      -- What arrived on each of the last 30 UTC days, whatever became of it since.
      'by_day', (
        select jsonb_agg(to_jsonb(a) order by a.day) from (
          select d::date as day, coalesce(sum(stored_files + purged_files), 0) as files,
            coalesce(sum(stored_bytes + purged_bytes), 0) as bytes
          from generate_series((now() at time zone 'UTC')::date - 29, (now() at time zone 'UTC')::date, interval '1 day') as d
          left join kept on kept.day = d::date group by d
        ) as a
      )
    )
    from kept
  );
end $$;
comment on function public.storage_usage(text) is
  'Files and bytes of a bucket: live, trashed, purging, purged, stored (all but purged); stored by device, shot type and series; arrivals of the last 30 days. Bytes include thumbnails';
revoke all on function public.storage_usage(text) from public, anon, authenticated, service_role;
grant execute on function public.storage_usage(text) to authenticated, service_role;
