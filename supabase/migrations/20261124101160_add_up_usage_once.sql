-- storage_usage, as before but adding the days up once and not once for each of its lists: after years there are many, and
-- every overview asks for it.

create or replace function public.storage_usage(bucket_id text) returns jsonb
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
    with kept as materialized (
      select device_id, shot_type, series,
        sum(live_files) as live_files, sum(live_bytes) as live_bytes, sum(trashed_files) as trashed_files, sum(trashed_bytes) as trashed_bytes,
        sum(purging_files) as purging_files, sum(purging_bytes) as purging_bytes, sum(purged_files) as purged_files, sum(purged_bytes) as purged_bytes,
        sum(live_files + trashed_files + purging_files) as stored_files, sum(live_bytes + trashed_bytes + purging_bytes) as stored_bytes
      from public.capture_stats_daily s where s.bucket_id = storage_usage.bucket_id
      group by device_id, shot_type, series
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
          select d::date as day, coalesce(sum(live_files + trashed_files + purging_files + purged_files), 0) as files,
            coalesce(sum(live_bytes + trashed_bytes + purging_bytes + purged_bytes), 0) as bytes
          from generate_series((now() at time zone 'UTC')::date - 29, (now() at time zone 'UTC')::date, interval '1 day') as d
          left join public.capture_stats_daily s on s.bucket_id = storage_usage.bucket_id and s.day = d::date group by d
        ) as a
      )
    )
    from kept
  );
end $$;
