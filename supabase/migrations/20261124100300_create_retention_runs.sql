-- What each retention run planned and did, written by the worker as it goes: a killed run is resumed from its cursor, a
-- dry run's plan is what a real one executes or refuses as stale. The run's id is the correlation id of all that it does, so
-- the audit log lists the captures themselves.

create table public.retention_runs (
  id uuid not null default gen_random_uuid(),
  bucket_id text not null,
  state text not null default 'planned',
  dry_run boolean not null default false,
  plan jsonb not null default '{}',
  planned_files bigint not null default 0,
  planned_bytes bigint not null default 0,
  trashed_files bigint not null default 0,
  trashed_bytes bigint not null default 0,
  purged_files bigint not null default 0,
  purged_bytes bigint not null default 0,
  failed_files bigint not null default 0,
  errors jsonb not null default '[]',
  cursor jsonb,
  worker text,
  confirmed_by text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint retention_runs_pkey primary key (id),
  constraint retention_runs_bucket_id_fkey foreign key (bucket_id) references public.bucket_settings (bucket_id),
  constraint retention_runs_state_check check (
    state in ('planned', 'running', 'braked', 'done', 'partly_done', 'failed', 'stale', 'aborted')
  ),
  constraint retention_runs_counts_check check (
    planned_files >= 0 and planned_bytes >= 0 and trashed_files >= 0 and trashed_bytes >= 0
    and purged_files >= 0 and purged_bytes >= 0 and failed_files >= 0
  ),
  constraint retention_runs_dry_run_check check (not dry_run or trashed_files = 0 and purged_files = 0),
  constraint retention_runs_plan_check check (jsonb_typeof(plan) = 'object' and pg_column_size(plan) <= 1048576),
  constraint retention_runs_errors_check check (jsonb_typeof(errors) = 'array' and pg_column_size(errors) <= 262144),
  constraint retention_runs_text_check check (length(worker) <= 200 and length(confirmed_by) <= 200),
  constraint retention_runs_finished_at_check check (
    (finished_at is not null) = (state in ('done', 'partly_done', 'failed', 'stale', 'aborted'))
  )
);
-- The latest runs of a bucket, a page at a time; the first of them is what a resume asks for.
create index retention_runs_bucket_id_idx on public.retention_runs (bucket_id, created_at desc, id desc);

comment on table public.retention_runs is 'Written by the retention worker; id is the correlation id of what the run did';
comment on column public.retention_runs.state is 'planned → running → done, partly_done (more is left, or some failed) or failed; braked: waits for a confirmation; stale: the plan no longer fits; aborted: told to stop';
comment on column public.retention_runs.dry_run is 'True: it only planned';
comment on column public.retention_runs.plan is 'The policies as they were, the server''s time it counts from, a digest of what would go and why, sums by policy; no captures';
comment on column public.retention_runs.trashed_bytes is 'Moved to the trash by this run, thumbnails included; still stored';
comment on column public.retention_runs.purged_bytes is 'Freed by this run, thumbnails included';
comment on column public.retention_runs.errors is 'The first of what went wrong, each with the captures it concerns';
comment on column public.retention_runs.cursor is 'Where a resumed run goes on; NULL: from the start';
comment on column public.retention_runs.worker is 'Who runs it: the lease''s holder';
comment on column public.retention_runs.confirmed_by is 'Who let it pass the brake, for this plan only; NULL: nobody had to';

create function pilab.audit_retention_run() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform pilab.write_audit('retention_run.' || new.state, 'retention_run', new.id::text, null,
    to_jsonb(new) - array['plan', 'errors', 'cursor', 'id', 'state', 'created_at', 'started_at', 'updated_at', 'finished_at']
      || jsonb_build_object('plan_digest', new.plan -> 'digest'));
  return null;
end $$;
comment on function pilab.audit_retention_run() is 'One audit row for each state a run comes to, with its counts; not for each step of its cursor';
revoke all on function pilab.audit_retention_run() from public, anon, authenticated, service_role;

create trigger retention_runs_touch before update on public.retention_runs
  for each row execute function pilab.touch_updated_at();
create trigger retention_runs_audit_insert after insert on public.retention_runs
  for each row execute function pilab.audit_retention_run();
create trigger retention_runs_audit_update after update on public.retention_runs
  for each row when (old.state <> new.state) execute function pilab.audit_retention_run();

alter table public.retention_runs enable row level security;
revoke all on public.retention_runs from public, anon, authenticated, service_role;
grant select on public.retention_runs to authenticated;
grant select, insert, update, delete on public.retention_runs to service_role;

create policy retention_runs_select_for_viewers on public.retention_runs for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));

do $$ begin
  if exists (select from pg_publication where pubname = 'supabase_realtime') then
    alter publication supabase_realtime add table public.retention_runs;
  end if;
end $$;
