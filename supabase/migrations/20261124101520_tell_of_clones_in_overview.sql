-- Two machines with one identity are told of by an alert alone, which a page of devices does not read: here is what the alert's
-- rule decides by. One more look-up a device, in the primary key of device_status_hourly.

create or replace function public.device_overview(for_device_id uuid default null) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    -- An age is the server's now minus the server's then; the clock of who asks may be off.
    'read_at', now(),
    'devices', coalesce(jsonb_agg(
      to_jsonb(d) || jsonb_build_object('status', to_jsonb(s), 'last_capture', to_jsonb(p),
        -- A late backlog arrives though its pictures are old, and a repeat arrives though it makes no row.
        'last_arrival_at', greatest(p.created_at, b.created_at), 'instance_changes', coalesce(i.changes, 0))
      order by d.retired_at is not null, d.slug), '[]')
  )
  from public.devices d
  left join public.device_status s on s.device_id = d.id
  left join lateral (
    -- Two look-ups in the same index: a clock that is minutes ahead is no matter, one that is years ahead is.
    select newest.* from (
      (
        select c.id, c.bucket_id, c.object_path, c.thumbnail_path, c.captured_at, c.created_at, c.brightness, c.sharpness
        from public.captures c
        where c.device_id = d.id and c.deleted_at is null and c.captured_at <= now() + interval '5 minutes'
        order by c.captured_at desc, c.id desc limit 1
      )
      union all
      (
        select c.id, c.bucket_id, c.object_path, c.thumbnail_path, c.captured_at, c.created_at, c.brightness, c.sharpness
        from public.captures c
        where c.device_id = d.id and c.deleted_at is null and c.captured_at > now() + interval '5 minutes'
        order by c.captured_at desc, c.id desc limit 1
      )
    ) as newest
    order by newest.created_at desc limit 1
  ) as p on true
  left join lateral (
    select created_at from public.capture_batches where device_id = d.id order by created_at desc limit 1
  ) as b on true
  left join lateral (
    select sum(h.instance_changes) as changes from public.device_status_hourly h
    where h.device_id = d.id and h.hour > now() - interval '2 hours'
  ) as i on true
  where for_device_id is null or d.id = for_device_id
$$;
comment on function public.device_overview(uuid) is
  '{read_at, devices: [devices'' columns, status: its row of device_status, last_capture: the newest live one (a future one only if nothing arrived since), last_arrival_at, instance_changes of the last two hours]}; one device, or all that the caller may see';
