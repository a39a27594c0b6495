-- What an overview page shows, in one round trip, from counters and index look-ups. Runs with the caller's own rights.

create function public.fleet_overview(bucket_id text) returns jsonb
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
  today constant date := (now() at time zone 'UTC')::date;
  -- Refuses who may not read it.
  used constant jsonb := public.storage_usage(fleet_overview.bucket_id);
begin
  return public.device_overview() || jsonb_build_object(
    'usage', used,
    -- As storage-core's dailyGrowth: the last seven whole days; what began within them is averaged from its first day on.
    'growth', (
      select jsonb_build_object(
        'files_per_day', coalesce(sum(files / of_days), 0), 'bytes_per_day', coalesce(sum(bytes / of_days), 0),
        'purged_bytes_per_day', (
          select coalesce(sum(purged_bytes), 0) / 7 from public.retention_runs
          where bucket_id = fleet_overview.bucket_id and created_at >= now() - interval '7 days'
        )
      )
      from (
        select sum(live_files + trashed_files + purging_files + purged_files) as files,
          sum(live_bytes + trashed_bytes + purging_bytes + purged_bytes) as bytes, max(today - day) as of_days
        from public.capture_stats_daily
        where bucket_id = fleet_overview.bucket_id and day between today - 7 and today - 1
        group by device_id, shot_type, series
      ) as place
    ),
    'uploads', public.upload_stats(now() - interval '23 hours'),
    'alerts', (
      select jsonb_build_object(
        'critical', count(*) filter (where severity = 'critical' and state = 'open'),
        'warning', count(*) filter (where severity = 'warning' and state = 'open'),
        'info', count(*) filter (where severity = 'info' and state = 'open'),
        'acknowledged', count(*) filter (where state = 'acknowledged')
      )
      from public.alerts where state <> 'resolved'
    ),
    'workers', (select coalesce(jsonb_agg(to_jsonb(w) order by w.name), '[]') from public.worker_status w)
  );
end $$;
comment on function public.fleet_overview(text) is
  'device_overview of all devices, and: usage as storage_usage gives it, growth {files_per_day, bytes_per_day, purged_bytes_per_day}, uploads of the last 24 hours by the hour, alerts not resolved by severity, workers';
revoke all on function public.fleet_overview(text) from public, anon, authenticated, service_role;
grant execute on function public.fleet_overview(text) to authenticated, service_role;
