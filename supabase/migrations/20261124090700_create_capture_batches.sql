-- One row a log_captures call that changed something: what live pages listen to, instead of a hundred row events a second.

create table public.capture_batches (
  id bigint generated always as identity,
  device_id uuid not null,
  created_at timestamptz not null default now(),
  created_count integer not null,
  repeated_count integer not null,
  restored_count integer not null,
  bytes bigint not null,
  newest_captured_at timestamptz,
  newest_capture_id uuid,
  constraint capture_batches_pkey primary key (id),
  constraint capture_batches_device_id_fkey foreign key (device_id) references public.devices (id) on delete cascade
);

-- "What arrived since", and the removal of what is older than 7 days.
create index capture_batches_created_at_idx on public.capture_batches (created_at);
-- A device's own rows, and the last arrivals of one device.
create index capture_batches_device_id_idx on public.capture_batches (device_id, created_at desc);

comment on table public.capture_batches is 'Written by log_captures; kept 7 days';
comment on column public.capture_batches.created_count is 'Captures that were new';
comment on column public.capture_batches.repeated_count is 'Repeats that were counted: known bytes, taken again later';
comment on column public.capture_batches.restored_count is 'Captures whose object had been missing and is back';
comment on column public.capture_batches.bytes is 'Of the new captures, thumbnails included';
comment on column public.capture_batches.newest_captured_at is 'Latest captured_at of the new captures; NULL: none was new';
comment on column public.capture_batches.newest_capture_id is 'The capture of newest_captured_at; no foreign key, a hint for pages';

alter table public.capture_batches enable row level security;
revoke all on public.capture_batches from public, anon, authenticated, service_role;
revoke all on sequence public.capture_batches_id_seq from public, anon, authenticated, service_role;
grant select on public.capture_batches to authenticated;
grant select, delete on public.capture_batches to service_role;

create policy capture_batches_select_for_viewers on public.capture_batches for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy capture_batches_select_own on public.capture_batches for select to authenticated
  using (device_id = (select pilab.device_id()));
