-- Two Pis with one identity, a cloned card, would take turns in one row of device_status unseen. Each heartbeat names
-- the agent that sent it, and an agent that finds another's name where it wrote its own has noticed the other.

alter table public.device_status
  add column instance text,
  add constraint device_status_instance_check check (length(instance) <= 64);
comment on column public.device_status.instance is
  'Which agent wrote the row: its journal and its machine''s present boot, hashed. NULL from agents that do not say';

create or replace function public.report_device_status(status jsonb, for_device_id uuid default null) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  device constant public.devices := pilab.calling_device(for_device_id);
begin
  -- An agent's clock may be years off, so the time is the server's.
  insert into public.device_status
  select (jsonb_populate_record(null::public.device_status,
    status || jsonb_build_object('device_id', device.id, 'reported_at', now()))).*
  on conflict (device_id) do update set
    reported_at = excluded.reported_at, agent_version = excluded.agent_version, state = excluded.state,
    queue_files = excluded.queue_files, queue_bytes = excluded.queue_bytes, oldest_queued_at = excluded.oldest_queued_at,
    quarantined_files = excluded.quarantined_files, last_quarantine_reason = excluded.last_quarantine_reason,
    uplink_bytes_per_s = excluded.uplink_bytes_per_s, disk_free_bytes = excluded.disk_free_bytes,
    disk_total_bytes = excluded.disk_total_bytes, card_bytes_written_today = excluded.card_bytes_written_today,
    cpu_temp_c = excluded.cpu_temp_c, throttled = excluded.throttled, clock_synced = excluded.clock_synced,
    last_upload_at = excluded.last_upload_at, last_error = excluded.last_error, instance = excluded.instance;
end $$;
