-- storage_usage and metrics_snapshot as before, from the totals: of the daily counters only what is of the last days is read.

create or replace function public.storage_usage(bucket_id text) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
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
      select t.*, t.live_files + t.trashed_files + t.purging_files as stored_files,
        t.live_bytes + t.trashed_bytes + t.purging_bytes as stored_bytes
      from public.capture_totals t where t.bucket_id = storage_usage.bucket_id
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
          select d::date as day, coalesce(files, 0) as files, coalesce(bytes, 0) as bytes
          from generate_series(today - 29, today, interval '1 day') as d
          left join (
            select s.day, sum(s.live_files + s.trashed_files + s.purging_files + s.purged_files) as files,
              sum(s.live_bytes + s.trashed_bytes + s.purging_bytes + s.purged_bytes) as bytes
            from public.capture_stats_daily s
            where s.bucket_id = storage_usage.bucket_id and s.day between today - 29 and today
            group by s.day
          ) as arrived on arrived.day = d::date
        ) as a
      )
    )
    from kept
  );
end $$;

create or replace function public.metrics_snapshot() returns jsonb
language sql stable set search_path = ''
as $$
  select public.device_overview() || jsonb_build_object(
    'buckets', (
      select coalesce(jsonb_agg(jsonb_build_object('bucket_id', b.bucket_id, 'quota_bytes', b.quota_bytes, 'last_run', (
        select to_jsonb(r) from (
          select state, created_at, finished_at, trashed_files, purged_files, purged_bytes, failed_files
          from public.retention_runs where bucket_id = b.bucket_id and not dry_run
          order by created_at desc, id desc limit 1
        ) as r
      )) order by b.bucket_id), '[]') from public.bucket_settings b
    ),
    'storage', (
      select coalesce(jsonb_agg(to_jsonb(s) order by s.bucket_id, s.device_id), '[]') from (
        select bucket_id, device_id,
          sum(live_files) as live_files, sum(live_bytes) as live_bytes,
          sum(trashed_files) as trashed_files, sum(trashed_bytes) as trashed_bytes,
          sum(purging_files) as purging_files, sum(purging_bytes) as purging_bytes,
          sum(purged_files) as purged_files, sum(purged_bytes) as purged_bytes
        from public.capture_totals group by bucket_id, device_id
      ) as s
    ),
    'uploads', (select coalesce(jsonb_agg(to_jsonb(u) order by u.device_id), '[]') from public.upload_totals u),
    'alerts', (
      select coalesce(jsonb_agg(to_jsonb(a)), '[]') from (
        select severity, state, count(*) as count from public.alerts where state <> 'resolved' group by severity, state
      ) as a
    ),
    'workers', (select coalesce(jsonb_agg(to_jsonb(w) order by w.name), '[]') from public.worker_status w),
    'checks', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'check_name', c.check_name, 'subject_id', c.subject_id, 'ok', c.ok, 'found', c.found, 'checked_at', c.checked_at
      ) order by c.check_name, c.subject_id), '[]') from public.check_results c
    )
  )
$$;
