-- Counters that usage, charts and metrics read: the same cost at a thousand captures and at ten million. Triggers on
-- captures keep them, for every writer and in its transaction: a statement's changes are summed first, then added in the
-- order of the key, so that two statements never wait for each other crosswise.

create table public.capture_stats_daily (
  bucket_id text not null,
  day date not null,
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
  constraint capture_stats_daily_key unique nulls not distinct (bucket_id, day, device_id, shot_type, series),
  constraint capture_stats_daily_device_id_fkey foreign key (device_id) references public.devices (id)
);

-- A device's own rows, and charts of one device over days.
create index capture_stats_daily_device_id_idx on public.capture_stats_daily (device_id, day);

comment on table public.capture_stats_daily is 'Kept by triggers on captures; stored = live + trashed + purging. Bytes include thumbnails, files do not';
comment on column public.capture_stats_daily.day is 'UTC day of captures.created_at';
comment on column public.capture_stats_daily.shot_type is 'NULL: captures without one';
comment on column public.capture_stats_daily.series is 'NULL: captures without one';
comment on column public.capture_stats_daily.live_files is 'Captures neither trashed nor purged';
comment on column public.capture_stats_daily.trashed_files is 'Restorable';
comment on column public.capture_stats_daily.purging_files is 'Claimed by a purge, object perhaps still there';
comment on column public.capture_stats_daily.purged_files is 'Tombstones; their bytes are what the purges have freed';

create function pilab.capture_stats(c public.captures, sign integer) returns public.capture_stats_daily
language sql immutable set search_path = ''
as $$
  select row(
    c.bucket_id, (c.created_at at time zone 'UTC')::date, c.device_id, c.shot_type, c.series,
    case when state = 'live' then sign else 0 end, case when state = 'live' then sign * bytes else 0 end,
    case when state = 'trashed' then sign else 0 end, case when state = 'trashed' then sign * bytes else 0 end,
    case when state = 'purging' then sign else 0 end, case when state = 'purging' then sign * bytes else 0 end,
    case when state = 'purged' then sign else 0 end, case when state = 'purged' then sign * bytes else 0 end
  )::public.capture_stats_daily
  from (select
    case
      when c.purged_at is not null then 'purged'
      when c.purging_at is not null then 'purging'
      when c.deleted_at is not null then 'trashed'
      else 'live'
    end,
    c.size_bytes + coalesce(c.thumbnail_bytes, 0)
  ) as of_capture (state, bytes)
$$;
comment on function pilab.capture_stats(public.captures, integer) is
  'One capture''s part in its counter, added (sign 1) or taken away (sign -1)';

create function pilab.add_capture_stats(changes public.capture_stats_daily[]) returns void
language sql set search_path = ''
as $$
  insert into public.capture_stats_daily as kept
  select * from (
    select bucket_id, day, device_id, shot_type, series,
      sum(live_files) as live_files, sum(live_bytes) as live_bytes,
      sum(trashed_files) as trashed_files, sum(trashed_bytes) as trashed_bytes,
      sum(purging_files) as purging_files, sum(purging_bytes) as purging_bytes,
      sum(purged_files) as purged_files, sum(purged_bytes) as purged_bytes
    from unnest(changes)
    group by bucket_id, day, device_id, shot_type, series
  ) as change
  where (live_files, live_bytes, trashed_files, trashed_bytes, purging_files, purging_bytes, purged_files, purged_bytes)
    <> (0, 0, 0, 0, 0, 0, 0, 0)
  order by bucket_id, day, device_id, shot_type, series
  on conflict (bucket_id, day, device_id, shot_type, series) do update set
    live_files = kept.live_files + excluded.live_files, live_bytes = kept.live_bytes + excluded.live_bytes,
    trashed_files = kept.trashed_files + excluded.trashed_files, trashed_bytes = kept.trashed_bytes + excluded.trashed_bytes,
    purging_files = kept.purging_files + excluded.purging_files, purging_bytes = kept.purging_bytes + excluded.purging_bytes,
    purged_files = kept.purged_files + excluded.purged_files, purged_bytes = kept.purged_bytes + excluded.purged_bytes
$$;
comment on function pilab.add_capture_stats(public.capture_stats_daily[]) is
  'Sums changes by key and adds them in its order; changes that cancel out touch nothing';

create function pilab.count_captures() returns trigger
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
  perform pilab.add_capture_stats(changes);
  return null;
end $$;
comment on function pilab.count_captures() is 'Adds a statement''s changes of captures to capture_stats_daily';

revoke all on function
  pilab.capture_stats(public.captures, integer), pilab.add_capture_stats(public.capture_stats_daily[]), pilab.count_captures()
  from public, anon, authenticated, service_role;

create trigger captures_count_insert after insert on public.captures
  referencing new table as added for each statement execute function pilab.count_captures();
create trigger captures_count_update after update on public.captures
  referencing old table as removed new table as added for each statement execute function pilab.count_captures();
create trigger captures_count_delete after delete on public.captures
  referencing old table as removed for each statement execute function pilab.count_captures();

alter table public.capture_stats_daily enable row level security;
revoke all on public.capture_stats_daily from public, anon, authenticated, service_role;
grant select on public.capture_stats_daily to authenticated, service_role;

create policy capture_stats_daily_select_for_viewers on public.capture_stats_daily for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy capture_stats_daily_select_own on public.capture_stats_daily for select to authenticated
  using (device_id = (select pilab.device_id()));
