-- All that pages show of devices, in one answer: settings, last heartbeat, last picture, last arrival. Each is one look-up
-- in an index, so the cost is that of the devices, however many captures there are. Runs with the caller's own rights.
-- Whether a device is late or silent is not said here: storage-core's deviceState decides it, for pages and alerts alike.

create function public.device_overview(for_device_id uuid default null) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    -- An age is the server's now minus the server's then; the clock of who asks may be off.
    'read_at', now(),
    'devices', coalesce(jsonb_agg(
      to_jsonb(d) || jsonb_build_object('status', to_jsonb(s), 'last_capture', to_jsonb(p),
        -- A late backlog arrives though its pictures are old, and a repeat arrives though it makes no row.
        'last_arrival_at', greatest(p.created_at, b.created_at))
      order by d.retired_at is not null, d.slug), '[]')
  )
  from public.devices d
  left join public.device_status s on s.device_id = d.id
  left join lateral (
    select c.id, c.bucket_id, c.object_path, c.thumbnail_path, c.captured_at, c.created_at, c.brightness, c.sharpness
    from public.captures c where c.device_id = d.id and c.deleted_at is null
    order by c.captured_at desc, c.id desc limit 1
  ) as p on true
  left join lateral (
    select created_at from public.capture_batches where device_id = d.id order by created_at desc limit 1
  ) as b on true
  where for_device_id is null or d.id = for_device_id
$$;
comment on function public.device_overview(uuid) is
  '{read_at, devices: [devices'' columns, status: its row of device_status, last_capture: the newest live one, last_arrival_at]}; one device, or all that the caller may see';
revoke all on function public.device_overview(uuid) from public, anon, authenticated, service_role;
grant execute on function public.device_overview(uuid) to authenticated, service_role;
