-- The past of device_status: one row a device and hour, the last value of what is a level and the worst of what is an event.
-- A trigger fills it, so whatever writes a heartbeat is remembered; a heartbeat costs one upsert more, and a device leaves
-- 24 rows a day however often it beats.

create table public.device_status_hourly (
  device_id uuid not null,
  hour timestamptz not null,
  reported_at timestamptz not null,
  reports integer not null default 1,
  queue_files integer,
  queue_files_max integer,
  queue_bytes bigint,
  queue_bytes_max bigint,
  quarantined_files integer,
  uplink_bytes_per_s bigint,
  disk_free_bytes bigint,
  disk_free_bytes_min bigint,
  disk_total_bytes bigint,
  card_bytes_written_max bigint,
  cpu_temp_c_max real,
  throttled boolean,
  clock_unsynced boolean,
  instance_changes integer not null default 0,
  last_error text,
  constraint device_status_hourly_pkey primary key (device_id, hour),
  constraint device_status_hourly_device_id_fkey foreign key (device_id) references public.devices (id) on delete cascade
);
-- All devices over the last hours; and the removal of what is older than 90 days.
create index device_status_hourly_hour_idx on public.device_status_hourly (hour);

comment on table public.device_status_hourly is 'Written by a trigger of device_status; kept 90 days. NULL: no heartbeat of that hour said';
comment on column public.device_status_hourly.hour is 'Start of the server''s hour';
comment on column public.device_status_hourly.reported_at is 'The last heartbeat of the hour, to which the columns without _max and _min belong';
comment on column public.device_status_hourly.reports is 'Heartbeats in the hour';
comment on column public.device_status_hourly.uplink_bytes_per_s is 'The last that was measured in the hour: with nothing to send none is';
comment on column public.device_status_hourly.card_bytes_written_max is 'Highest card_bytes_written_today; it falls to 0 at the device''s midnight';
comment on column public.device_status_hourly.throttled is 'Whether it was at any heartbeat';
comment on column public.device_status_hourly.clock_unsynced is 'Whether it was at any heartbeat';
comment on column public.device_status_hourly.instance_changes is
  'How often another agent wrote than at the heartbeat before: a reboot is one, two machines with one identity are many';
comment on column public.device_status_hourly.last_error is 'The last in the hour, without keys and tokens';

create function pilab.remember_device_status() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  changed constant integer := case when tg_op = 'UPDATE' and old.instance <> new.instance then 1 else 0 end;
begin
  insert into public.device_status_hourly as kept values (
    new.device_id, date_trunc('hour', new.reported_at, 'UTC'), new.reported_at, 1, new.queue_files, new.queue_files,
    new.queue_bytes, new.queue_bytes, new.quarantined_files, new.uplink_bytes_per_s, new.disk_free_bytes, new.disk_free_bytes,
    new.disk_total_bytes, new.card_bytes_written_today, new.cpu_temp_c, new.throttled, not new.clock_synced, changed, new.last_error
  )
  on conflict (device_id, hour) do update set
    reported_at = excluded.reported_at,
    reports = kept.reports + 1,
    queue_files = excluded.queue_files,
    queue_files_max = greatest(kept.queue_files_max, excluded.queue_files_max),
    queue_bytes = excluded.queue_bytes,
    queue_bytes_max = greatest(kept.queue_bytes_max, excluded.queue_bytes_max),
    quarantined_files = excluded.quarantined_files,
    uplink_bytes_per_s = coalesce(excluded.uplink_bytes_per_s, kept.uplink_bytes_per_s),
    disk_free_bytes = excluded.disk_free_bytes,
    disk_free_bytes_min = least(kept.disk_free_bytes_min, excluded.disk_free_bytes_min),
    disk_total_bytes = excluded.disk_total_bytes,
    card_bytes_written_max = greatest(kept.card_bytes_written_max, excluded.card_bytes_written_max),
    cpu_temp_c_max = greatest(kept.cpu_temp_c_max, excluded.cpu_temp_c_max),
    throttled = coalesce(kept.throttled or excluded.throttled, kept.throttled, excluded.throttled),
    clock_unsynced = coalesce(kept.clock_unsynced or excluded.clock_unsynced, kept.clock_unsynced, excluded.clock_unsynced),
    instance_changes = kept.instance_changes + excluded.instance_changes,
    last_error = coalesce(excluded.last_error, kept.last_error);
  return null;
end $$;
comment on function pilab.remember_device_status() is 'Adds a heartbeat to its hour';
revoke all on function pilab.remember_device_status() from public, anon, authenticated, service_role;

create trigger device_status_remember after insert or update on public.device_status
  for each row execute function pilab.remember_device_status();

alter table public.device_status_hourly enable row level security;
revoke all on public.device_status_hourly from public, anon, authenticated, service_role;
grant select on public.device_status_hourly to authenticated, service_role;

create policy device_status_hourly_select_for_viewers on public.device_status_hourly for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy device_status_hourly_select_own on public.device_status_hourly for select to authenticated
  using (device_id = (select pilab.device_id()));
