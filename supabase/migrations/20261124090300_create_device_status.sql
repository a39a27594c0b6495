-- The latest heartbeat of each device, written only by report_device_status.

create table public.device_status (
  device_id uuid not null,
  reported_at timestamptz not null,
  agent_version text,
  state text,
  queue_files integer,
  queue_bytes bigint,
  oldest_queued_at timestamptz,
  quarantined_files integer,
  last_quarantine_reason text,
  uplink_bytes_per_s bigint,
  disk_free_bytes bigint,
  disk_total_bytes bigint,
  card_bytes_written_today bigint,
  cpu_temp_c real,
  throttled boolean,
  clock_synced boolean,
  last_upload_at timestamptz,
  last_error text,
  constraint device_status_pkey primary key (device_id),
  constraint device_status_device_id_fkey foreign key (device_id) references public.devices (id) on delete cascade,
  constraint device_status_state_check check (state ~ '^[a-z_]{1,40}$'),
  constraint device_status_text_check check (
    length(agent_version) <= 100 and length(last_quarantine_reason) <= 1000 and length(last_error) <= 1000
  ),
  constraint device_status_counts_check check (
    queue_files >= 0 and queue_bytes >= 0 and quarantined_files >= 0 and uplink_bytes_per_s >= 0
    and disk_free_bytes >= 0 and disk_total_bytes >= 0 and card_bytes_written_today >= 0
  )
);

comment on table public.device_status is 'One row a device; a heartbeat replaces it whole, so NULL means that the last one did not say';
comment on column public.device_status.reported_at is 'The server''s clock';
comment on column public.device_status.state is 'What the agent is doing, in its own word';
comment on column public.device_status.queue_files is 'Taken in, not yet catalogued';
comment on column public.device_status.quarantined_files is 'Set aside as no whole capture, waiting for a person';
comment on column public.device_status.uplink_bytes_per_s is 'Measured over the last uploads';
comment on column public.device_status.card_bytes_written_today is 'What wears the SD card';
comment on column public.device_status.throttled is 'The Pi slows down now, for heat or for a weak supply';
comment on column public.device_status.clock_synced is 'False: captured_at of what arrives now is not to be trusted';
comment on column public.device_status.last_error is 'Without keys and tokens';

alter table public.device_status enable row level security;
revoke all on public.device_status from public, anon, authenticated, service_role;
grant select on public.device_status to authenticated, service_role;

create policy device_status_select_for_viewers on public.device_status for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy device_status_select_own on public.device_status for select to authenticated
  using (device_id = (select pilab.device_id()));
