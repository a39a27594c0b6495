-- What a retention run did, from the audit log, which commits with each change. The worker's own counts miss a batch when it
-- is killed or an answer is lost.

-- What a killed run left half-purged: few, and looked for by each run.
create index captures_purging_idx on public.captures (bucket_id, deleted_at, id) where purging_at is not null and purged_at is null;

create function public.retention_run_counts(run_id uuid)
returns table (trashed_files bigint, trashed_bytes bigint, purged_files bigint, purged_bytes bigint)
language sql stable security definer set search_path = ''
as $$
  select
    count(*) filter (where a.action = 'capture.soft_deleted'),
    coalesce(sum(c.size_bytes + coalesce(c.thumbnail_bytes, 0)) filter (where a.action = 'capture.soft_deleted'), 0)::bigint,
    count(*) filter (where a.action = 'capture.purged'),
    coalesce(sum(c.size_bytes + coalesce(c.thumbnail_bytes, 0)) filter (where a.action = 'capture.purged'), 0)::bigint
  from public.storage_audit_log a
  join public.captures c on c.id = case a.object_type when 'capture' then a.object_id::uuid end
  where a.correlation_id = run_id and a.object_type = 'capture' and a.action in ('capture.soft_deleted', 'capture.purged')
$$;
comment on function public.retention_run_counts(uuid) is 'What the run of this id moved to the trash and purged, thumbnails included in the bytes';
revoke all on function public.retention_run_counts(uuid) from public, anon, authenticated, service_role;
grant execute on function public.retention_run_counts(uuid) to service_role;
