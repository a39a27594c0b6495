-- What people ask the retention worker for by the dashboard, and its answers. A worker takes a request by an update that
-- asks for state pending: of two, one changes the row.

create function pilab.requestable_kinds() returns text[]
language sql stable set search_path = ''
as $$
  select case pilab.user_role()
    when 'viewer' then array['preview']
    when 'operator' then array['preview', 'run']
    when 'admin' then array['preview', 'run', 'test_send', 'verify']
    else array[]::text[]
  end
$$;
comment on function pilab.requestable_kinds() is 'The kinds of worker_requests that the caller may make and read';
revoke all on function pilab.requestable_kinds() from public, anon, authenticated, service_role;
grant execute on function pilab.requestable_kinds() to authenticated;

create table public.worker_requests (
  id uuid not null default gen_random_uuid(),
  kind text not null,
  args jsonb not null default '{}',
  requested_by uuid default auth.uid(),
  created_at timestamptz not null default now(),
  state text not null default 'pending',
  worker text,
  started_at timestamptz,
  finished_at timestamptz,
  result jsonb,
  error text,
  constraint worker_requests_pkey primary key (id),
  constraint worker_requests_kind_check check (kind in ('preview', 'run', 'test_send', 'verify')),
  constraint worker_requests_args_check check (jsonb_typeof(args) = 'object' and pg_column_size(args) <= 8192),
  constraint worker_requests_state_check check (state in ('pending', 'running', 'done', 'failed')),
  constraint worker_requests_result_check check (pg_column_size(result) <= 1048576),
  constraint worker_requests_text_check check (length(worker) <= 200 and length(error) <= 2000),
  constraint worker_requests_finished_at_check check ((finished_at is not null) = (state in ('done', 'failed')))
);
-- What waits for a worker, oldest first.
create index worker_requests_open_idx on public.worker_requests (created_at) where state in ('pending', 'running');
-- The latest of a kind, for its page; and the removal of old ones.
create index worker_requests_kind_idx on public.worker_requests (kind, created_at desc);

comment on table public.worker_requests is 'Asked by viewers (preview), operators (run too) and admins; answered by the retention worker';
comment on column public.worker_requests.args is 'As the kind''s contract in packages/schema says; never a secret';
comment on column public.worker_requests.requested_by is 'auth.uid(); NULL: asked with the service key';
comment on column public.worker_requests.worker is 'Who took it; NULL: nobody yet';
comment on column public.worker_requests.result is 'The answer of one that is done';
comment on column public.worker_requests.error is 'Why it failed, without keys and tokens';

create trigger worker_requests_audit after insert on public.worker_requests
  for each row execute function pilab.audit_row_change('worker_request', 'id');

alter table public.worker_requests enable row level security;
revoke all on public.worker_requests from public, anon, authenticated, service_role;
grant select, insert (kind, args) on public.worker_requests to authenticated;
grant select, insert (kind, args), update (state, worker, started_at, finished_at, result, error), delete
  on public.worker_requests to service_role;

create policy worker_requests_select on public.worker_requests for select to authenticated
  using (kind = any ((select pilab.requestable_kinds())::text[]));
create policy worker_requests_insert on public.worker_requests for insert to authenticated
  with check (kind = any ((select pilab.requestable_kinds())::text[]));
