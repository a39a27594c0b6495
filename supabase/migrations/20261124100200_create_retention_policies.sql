-- What retention keeps and for how long. The most specific policy that covers a capture decides it, compared in the order
-- series, device, shot_type, bucket; what no policy covers is kept. The decision itself is a pure function of the retention
-- worker; here stand the rules that no writer may break, and the grace that begin_purge asks for.

create table public.retention_policies (
  id uuid not null default gen_random_uuid(),
  bucket_id text,
  device_id uuid,
  shot_type text,
  series text,
  keep_days integer,
  keep_last integer,
  thin_every text,
  thin_after_days integer,
  thin_keep text,
  max_bytes bigint,
  grace_days integer not null default 7,
  brake_share real,
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint retention_policies_pkey primary key (id),
  constraint retention_policies_scope_key unique nulls not distinct (series, device_id, shot_type, bucket_id),
  constraint retention_policies_bucket_id_fkey foreign key (bucket_id) references public.bucket_settings (bucket_id),
  constraint retention_policies_device_id_fkey foreign key (device_id) references public.devices (id),
  constraint retention_policies_labels_check check (length(shot_type) between 1 and 200 and length(series) between 1 and 200),
  -- One that says nothing would remove nothing, or all, as its reader understands it.
  constraint retention_policies_not_empty_check check (num_nonnulls(keep_days, keep_last, thin_every, max_bytes) > 0),
  constraint retention_policies_keep_days_check check (keep_days between 1 and 36500),
  constraint retention_policies_keep_last_check check (keep_last > 0),
  constraint retention_policies_thinning_check check (num_nulls(thin_every, thin_after_days, thin_keep) in (0, 3)),
  constraint retention_policies_thin_every_check check (thin_every in ('hour', 'day', 'week')),
  constraint retention_policies_thin_after_days_check check (thin_after_days between 1 and 36500),
  constraint retention_policies_thin_keep_check check (thin_keep in ('sharpest', 'first')),
  constraint retention_policies_max_bytes_check check (max_bytes > 0),
  constraint retention_policies_grace_days_check check (grace_days between 0 and 36500),
  constraint retention_policies_brake_share_check check (brake_share > 0 and brake_share <= 1)
);
-- Serve the foreign keys.
create index retention_policies_bucket_id_idx on public.retention_policies (bucket_id);
create index retention_policies_device_id_idx on public.retention_policies (device_id);

comment on table public.retention_policies is 'Written by admins and the service key; read by the retention worker at each run';
comment on column public.retention_policies.bucket_id is 'Scope; NULL: any bucket';
comment on column public.retention_policies.device_id is 'Scope; NULL: any device';
comment on column public.retention_policies.shot_type is 'Scope; NULL: any, captures without one too';
comment on column public.retention_policies.series is 'Scope; NULL: any, captures without one too';
comment on column public.retention_policies.keep_days is 'Younger than this by created_at is kept; NULL: age keeps and removes nothing';
comment on column public.retention_policies.keep_last is 'The newest of each device and series are kept, by captured_at; NULL: none for that reason';
comment on column public.retention_policies.thin_every is 'Of each hour, day or week of the lab one capture a device and series is kept; NULL: no thinning';
comment on column public.retention_policies.thin_after_days is 'Only what is this old by created_at is thinned';
comment on column public.retention_policies.thin_keep is 'Which one is kept: the sharpest or the first';
comment on column public.retention_policies.max_bytes is 'All stored bytes of the scope, pins included; NULL: no limit';
comment on column public.retention_policies.grace_days is 'How long what it covers stays in the trash, whoever put it there; a change holds for what lies there already';
comment on column public.retention_policies.brake_share is 'Share of its captures that one run may remove, as saved from its preview; NULL: the bucket''s';
comment on column public.retention_policies.enabled is 'False: as if it were not there';

alter table public.bucket_settings
  alter column brake_share set default 0.25,
  add column brake_files bigint,
  add constraint bucket_settings_brake_files_check check (brake_files > 0);
comment on column public.bucket_settings.brake_files is 'Captures that one retention run may remove unless told to; NULL: no limit by number';
-- Nothing has read brake_share before this, so nobody has chosen what stands there.
update public.bucket_settings set brake_share = 0.25 where brake_share = 0.1::real;

create function pilab.grace_days(c public.captures) returns integer
language sql stable set search_path = ''
as $$
  select coalesce((
    select p.grace_days from public.retention_policies p
    where p.enabled
      and (p.series is null or p.series = c.series) and (p.device_id is null or p.device_id = c.device_id)
      and (p.shot_type is null or p.shot_type = c.shot_type) and (p.bucket_id is null or p.bucket_id = c.bucket_id)
    order by p.series is null, p.device_id is null, p.shot_type is null, p.bucket_id is null
    limit 1
  ), 7)
$$;
comment on function pilab.grace_days(public.captures) is
  'How long this capture stays restorable in the trash: its winning policy''s word, or the default of policies where none covers it';

create function pilab.touch_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end $$;
comment on function pilab.touch_updated_at() is 'Keeps updated_at by the server''s clock';

revoke all on function pilab.grace_days(public.captures), pilab.touch_updated_at() from public, anon, authenticated, service_role;

create trigger retention_policies_touch before update on public.retention_policies
  for each row execute function pilab.touch_updated_at();
create trigger retention_policies_audit after insert or update or delete on public.retention_policies
  for each row execute function pilab.audit_row_change('retention_policy', 'id');

alter table public.retention_policies enable row level security;
revoke all on public.retention_policies from public, anon, authenticated, service_role;
grant select, delete,
  insert (
    bucket_id, device_id, shot_type, series, keep_days, keep_last, thin_every, thin_after_days, thin_keep, max_bytes, grace_days, brake_share, enabled
  ),
  update (
    bucket_id, device_id, shot_type, series, keep_days, keep_last, thin_every, thin_after_days, thin_keep, max_bytes, grace_days, brake_share, enabled
  )
  on public.retention_policies to authenticated, service_role;

create policy retention_policies_select_for_viewers on public.retention_policies for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy retention_policies_insert_for_admins on public.retention_policies for insert to authenticated
  with check ((select pilab.role_is('admin')));
create policy retention_policies_update_for_admins on public.retention_policies for update to authenticated
  using ((select pilab.role_is('admin'))) with check ((select pilab.role_is('admin')));
create policy retention_policies_delete_for_admins on public.retention_policies for delete to authenticated
  using ((select pilab.role_is('admin')));
