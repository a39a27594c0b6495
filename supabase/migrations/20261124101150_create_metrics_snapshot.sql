-- All that a scrape of /api/metrics reads, in one round trip, from counters and index look-ups. Runs with the caller's own
-- rights: under the service key or as a viewer it is everything.

create function public.metrics_snapshot() returns jsonb
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
        from public.capture_stats_daily group by bucket_id, device_id
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
comment on function public.metrics_snapshot() is
  'device_overview of all devices, and: buckets with their last real retention run, storage by bucket and device, upload totals, alerts not resolved, workers, checks';
revoke all on function public.metrics_snapshot() from public, anon, authenticated, service_role;
grant execute on function public.metrics_snapshot() to authenticated, service_role;
