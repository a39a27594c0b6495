-- The counters without their days: what is stored now, for each device, shot type and series. An overview and a scrape add
-- up as many rows as a lab has cameras and experiments, after a month as after ten years. Written with the daily counters, in
-- the same order of keys; each row is one device's, as theirs are, so that devices never wait for one another.

create table public.capture_totals (
  bucket_id text not null,
  device_id uuid not null,
  shot_type text,
  series text,
  live_files bigint not null default 0,
  live_bytes bigint not null default 0,
  trashed_files bigint not null default 0,
  trashed_bytes bigint not null default 0,
  purging_files bigint not null default 0,
  purging_bytes bigint not null default 0,
  purged_files bigint not null default 0,
  purged_bytes bigint not null default 0,
  constraint capture_totals_key unique nulls not distinct (bucket_id, device_id, shot_type, series),
  constraint capture_totals_device_id_fkey foreign key (device_id) references public.devices (id)
);
-- A device's own rows.
create index capture_totals_device_id_idx on public.capture_totals (device_id);

comment on table public.capture_totals is 'The sums of capture_stats_daily over all days, whose columns these are; kept with it';

create function pilab.add_capture_totals(changes public.capture_stats_daily[]) returns void
language sql set search_path = ''
as $$
  insert into public.capture_totals as kept
  select * from (
    select bucket_id, device_id, shot_type, series,
      sum(live_files) as live_files, sum(live_bytes) as live_bytes,
      sum(trashed_files) as trashed_files, sum(trashed_bytes) as trashed_bytes,
      sum(purging_files) as purging_files, sum(purging_bytes) as purging_bytes,
      sum(purged_files) as purged_files, sum(purged_bytes) as purged_bytes
    from unnest(changes)
    group by bucket_id, device_id, shot_type, series
  ) as change
  where (live_files, live_bytes, trashed_files, trashed_bytes, purging_files, purging_bytes, purged_files, purged_bytes)
    <> (0, 0, 0, 0, 0, 0, 0, 0)
  order by bucket_id, device_id, shot_type, series
  on conflict (bucket_id, device_id, shot_type, series) do update set
    live_files = kept.live_files + excluded.live_files, live_bytes = kept.live_bytes + excluded.live_bytes,
    trashed_files = kept.trashed_files + excluded.trashed_files, trashed_bytes = kept.trashed_bytes + excluded.trashed_bytes,
    purging_files = kept.purging_files + excluded.purging_files, purging_bytes = kept.purging_bytes + excluded.purging_bytes,
    purged_files = kept.purged_files + excluded.purged_files, purged_bytes = kept.purged_bytes + excluded.purged_bytes
$$;
comment on function pilab.add_capture_totals(public.capture_stats_daily[]) is
  'As add_capture_stats, whatever the day';
revoke all on function pilab.add_capture_totals(public.capture_stats_daily[]) from public, anon, authenticated, service_role;

-- Who writes captures meanwhile waits here, and counts by the new function when it goes on.
lock table public.captures in share row exclusive mode;

create or replace function pilab.count_captures() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  changes public.capture_stats_daily[];
begin
  if tg_op = 'INSERT' then
    select array_agg(pilab.capture_stats(row(c.*)::public.captures, 1)) into changes from added c;
  elsif tg_op = 'DELETE' then
    select array_agg(pilab.capture_stats(row(c.*)::public.captures, -1)) into changes from removed c;
  else
    select array_agg(change) into changes from (
      select pilab.capture_stats(row(c.*)::public.captures, -1) as change from removed c
      union all
      select pilab.capture_stats(row(c.*)::public.captures, 1) from added c
    ) as both_sides;
  end if;
  -- Days before totals, for every writer: who holds a total waits for no day. Who writes in several statements holds the devices.
  perform pilab.add_capture_stats(changes);
  perform pilab.add_capture_totals(changes);
  return null;
end $$;
comment on function pilab.count_captures() is 'Adds a statement''s changes of captures to capture_stats_daily and capture_totals';

select pilab.add_capture_totals(array_agg(s)) from public.capture_stats_daily s;

alter table public.capture_totals enable row level security;
revoke all on public.capture_totals from public, anon, authenticated, service_role;
grant select on public.capture_totals to authenticated, service_role;

create policy capture_totals_select_for_viewers on public.capture_totals for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy capture_totals_select_own on public.capture_totals for select to authenticated
  using (device_id = (select pilab.device_id()));
