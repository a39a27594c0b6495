-- What the workers say of themselves: whether one is alive, which channels it holds the secrets of, and what its checks of
-- pictures and records have found.

create table public.worker_status (
  name text not null,
  host text,
  version text,
  started_at timestamptz,
  tick_at timestamptz not null default now(),
  schedule text,
  last_error text,
  channels jsonb not null default '{}',
  constraint worker_status_pkey primary key (name),
  constraint worker_status_text_check check (
    length(name) between 1 and 200 and length(host) <= 200 and length(version) <= 100 and length(schedule) <= 200 and length(last_error) <= 1000
  ),
  constraint worker_status_channels_check check (jsonb_typeof(channels) = 'object' and pg_column_size(channels) <= 65536)
);

comment on table public.worker_status is 'Written by each worker, once a minute; the retention worker''s name is retention';
comment on column public.worker_status.tick_at is 'The server''s clock; older than 3 minutes: no worker is alive';
comment on column public.worker_status.schedule is 'When it runs retention, as it was told; NULL: it does not';
comment on column public.worker_status.last_error is 'Of its last round; NULL: none. Without keys and tokens';
comment on column public.worker_status.channels is 'Channel''s name to whether the worker has the secret that it names';

-- The worker's own clock may be off, so the tick is the server's whatever is sent.
create function pilab.stamp_worker_tick() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.tick_at := now();
  return new;
end $$;
comment on function pilab.stamp_worker_tick() is 'Keeps tick_at by the server''s clock';
revoke all on function pilab.stamp_worker_tick() from public, anon, authenticated, service_role;
create trigger worker_status_stamp before insert or update on public.worker_status
  for each row execute function pilab.stamp_worker_tick();

create table public.check_results (
  check_name text not null,
  subject_id text not null default '',
  ok boolean not null,
  found bigint not null default 0,
  detail jsonb not null default '{}',
  checked_at timestamptz not null default now(),
  constraint check_results_pkey primary key (check_name, subject_id),
  constraint check_results_check_name_check check (check_name in ('scrub', 'orphans', 'audit_chain')),
  constraint check_results_subject_id_check check (length(subject_id) <= 200),
  constraint check_results_found_check check (found >= 0),
  constraint check_results_detail_check check (jsonb_typeof(detail) = 'object' and pg_column_size(detail) <= 65536)
);

comment on table public.check_results is 'The last result of each check, written by the worker; alerts and pages read it';
comment on column public.check_results.check_name is 'scrub: stored bytes against their hashes; orphans: objects against rows; audit_chain: the seals';
comment on column public.check_results.subject_id is 'The bucket; empty for the audit log';
comment on column public.check_results.ok is 'False: an alert is due until a later check is ok';
comment on column public.check_results.found is 'How many were wrong';
comment on column public.check_results.checked_at is 'When the check ended';

alter table public.worker_status enable row level security;
alter table public.check_results enable row level security;
revoke all on public.worker_status, public.check_results from public, anon, authenticated, service_role;
grant select on public.worker_status, public.check_results to authenticated;
grant select, insert, update, delete on public.worker_status, public.check_results to service_role;

create policy worker_status_select_for_viewers on public.worker_status for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy check_results_select_for_viewers on public.check_results for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
