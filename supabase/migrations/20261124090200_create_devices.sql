-- Devices: the Raspberry Pis, and one for each host that uploads without a Pi. A device signs in with its own account and
-- reaches its own rows and folder only; who is retired is checked here at each request, not in the token.

create table public.devices (
  id uuid not null default gen_random_uuid(),
  slug text not null,
  name text not null,
  user_id uuid,
  time_zone text not null default 'UTC',
  expected_interval_s integer,
  series text,
  shot_type text,
  paused_until timestamptz,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  constraint devices_pkey primary key (id),
  constraint devices_slug_key unique (slug),
  constraint devices_user_id_key unique (user_id),
  constraint devices_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null,
  constraint devices_slug_check check (slug ~ '^[a-z0-9-]{1,63}$'),
  constraint devices_name_check check (length(name) between 1 and 200),
  constraint devices_time_zone_check check (pilab.is_time_zone(time_zone)),
  constraint devices_expected_interval_s_check check (expected_interval_s > 0),
  constraint devices_series_check check (length(series) between 1 and 200),
  constraint devices_shot_type_check check (length(shot_type) between 1 and 200)
);

comment on table public.devices is 'Written by admins and the service key; operators may change name, time_zone and expected_interval_s';
comment on column public.devices.slug is 'First folder of the device''s object paths; never renamed, never given to another device';
comment on column public.devices.user_id is 'The auth account that the device signs in with; NULL: it cannot sign in';
comment on column public.devices.time_zone is 'IANA zone of the camera''s clock, used where EXIF carries no offset';
comment on column public.devices.expected_interval_s is 'A capture is due this often; NULL: no cadence is expected';
comment on column public.devices.series is 'Read by the agent at each heartbeat, used where sidecar and command line name none; NULL: none';
comment on column public.devices.shot_type is 'As series';
comment on column public.devices.paused_until is 'The agent uploads nothing until then; NULL: not paused';
comment on column public.devices.retired_at is 'From then on its account has no more rights than anon; NULL: in service';

create function pilab.guard_device() returns trigger
language plpgsql set search_path = ''
as $$
declare
  of_operators constant text[] := array['name', 'time_zone', 'expected_interval_s'];
begin
  if new.slug <> old.slug or new.id <> old.id then
    raise exception 'A device''s slug and id never change: object paths hang on them'
      using errcode = '23514', hint = 'Retire this device and make another.';
  end if;
  if pg_catalog.current_setting('role', true) = 'authenticated' and not pilab.role_is('admin')
    and to_jsonb(new) - of_operators <> to_jsonb(old) - of_operators then
    raise exception 'An operator may change only name, time_zone and expected_interval_s of a device'
      using errcode = '42501', hint = 'Ask an admin.';
  end if;
  return new;
end $$;
comment on function pilab.guard_device() is 'What neither a column grant (one database role for all users) nor a policy (no old row) can say';
revoke all on function pilab.guard_device() from public, anon, authenticated, service_role;

create trigger devices_guard before update on public.devices
  for each row execute function pilab.guard_device();

-- Definer, for the policies of other tables: devices' own policies would ask them in turn.
create function pilab.device_id() returns uuid
language sql stable security definer set search_path = ''
as $$ select d.id from public.devices d where d.user_id = auth.uid() and d.retired_at is null $$;
comment on function pilab.device_id() is 'The device that the caller is signed in as; NULL: none, or retired';

create function pilab.device_slug() returns text
language sql stable security definer set search_path = ''
as $$ select d.slug from public.devices d where d.user_id = auth.uid() and d.retired_at is null $$;
comment on function pilab.device_slug() is 'The folder of the device that the caller is signed in as; NULL: none, or retired';

create function pilab.calling_device(for_device_id uuid) returns public.devices
language plpgsql stable security definer set search_path = ''
as $$
declare
  device public.devices;
begin
  if pilab.is_service() then
    select d.* into device from public.devices d where d.id = for_device_id;
    if device.id is null then
      raise exception 'With the service key for_device_id must name a device; got %', coalesce(for_device_id::text, 'nothing')
        using errcode = '22023';
    end if;
    return device;
  end if;
  select d.* into device from public.devices d where d.user_id = auth.uid() and d.retired_at is null;
  if device.id is null or for_device_id <> device.id then
    raise exception 'Only a device''s own account may do this, for itself' using errcode = '42501',
      hint = 'Sign in as a device that is not retired; for_device_id is for the service key.';
  end if;
  return device;
end $$;
comment on function pilab.calling_device(uuid) is
  'The device on whose behalf a function was called: found by auth.uid(); named only with the service key, retired ones too';

revoke all on function pilab.device_id(), pilab.device_slug(), pilab.calling_device(uuid)
  from public, anon, authenticated, service_role;
grant execute on function pilab.device_id(), pilab.device_slug() to authenticated;

alter table public.devices enable row level security;
revoke all on public.devices from public, anon, authenticated, service_role;
grant select on public.devices to authenticated, service_role;
grant insert (id, slug, name, user_id, time_zone, expected_interval_s, series, shot_type, paused_until, retired_at),
  update (name, user_id, time_zone, expected_interval_s, series, shot_type, paused_until, retired_at)
  on public.devices to authenticated, service_role;

create policy devices_select_for_viewers on public.devices for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy devices_select_own on public.devices for select to authenticated
  using (id = (select pilab.device_id()));
create policy devices_insert_for_admins on public.devices for insert to authenticated
  with check ((select pilab.role_is('admin')));
create policy devices_update_for_operators on public.devices for update to authenticated
  using ((select pilab.role_is('operator', 'admin'))) with check ((select pilab.role_is('operator', 'admin')));
