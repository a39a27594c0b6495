-- The counters behind pilab_uploads_*: totals that never fall, one row a device, so that a scrape does not add up the hours
-- of years, and removing old hours takes nothing from them.

create table public.upload_totals (
  device_id uuid not null,
  ok bigint not null default 0,
  failed bigint not null default 0,
  duplicate bigint not null default 0,
  bytes bigint not null default 0,
  constraint upload_totals_pkey primary key (device_id),
  constraint upload_totals_device_id_fkey foreign key (device_id) references public.devices (id) on delete cascade
);
comment on table public.upload_totals is 'Kept by a trigger on upload_stats_hourly, whose columns these are';

create function pilab.add_upload_totals() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.upload_totals as kept values (
    new.device_id, new.ok - coalesce(old.ok, 0), new.failed - coalesce(old.failed, 0),
    new.duplicate - coalesce(old.duplicate, 0), new.bytes - coalesce(old.bytes, 0)
  )
  on conflict (device_id) do update set
    ok = kept.ok + excluded.ok, failed = kept.failed + excluded.failed,
    duplicate = kept.duplicate + excluded.duplicate, bytes = kept.bytes + excluded.bytes;
  return null;
end $$;
comment on function pilab.add_upload_totals() is 'Adds an hour''s growth to the device''s totals';
revoke all on function pilab.add_upload_totals() from public, anon, authenticated, service_role;

create trigger upload_stats_hourly_total after insert or update on public.upload_stats_hourly
  for each row execute function pilab.add_upload_totals();

insert into public.upload_totals
select device_id, sum(ok), sum(failed), sum(duplicate), sum(bytes) from public.upload_stats_hourly group by device_id;

alter table public.upload_totals enable row level security;
revoke all on public.upload_totals from public, anon, authenticated, service_role;
grant select on public.upload_totals to authenticated, service_role;

create policy upload_totals_select_for_viewers on public.upload_totals for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy upload_totals_select_own on public.upload_totals for select to authenticated
  using (device_id = (select pilab.device_id()));
