-- Counters against the rows they count: one device in one bucket, a few days at a time, in one statement and so in one
-- snapshot. A repair adds the difference as the triggers add theirs: what commits meanwhile has added its own, and is kept.

-- A device's arrivals by day.
create index captures_arrival_idx on public.captures (bucket_id, device_id, created_at);

create function public.recount_captures(bucket_id text, device_id uuid, from_day date default null, days integer default 7, repair boolean default false)
returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  first_day date;
  end_day date;
  changes public.capture_stats_daily[];
  drift jsonb;
begin
  if days not between 1 and 31 or days is null then
    raise exception 'days is 1 to 31; got %', coalesce(days::text, 'null') using errcode = '22023';
  end if;
  if repair then
    perform from public.devices d where d.id = recount_captures.device_id for no key update;
  end if;
  first_day := pilab.next_counted_day(bucket_id, device_id, coalesce(from_day, '1970-01-01'));
  end_day := first_day + days;
  with counted as (
    select s.* from public.capture_stats_daily s
    where s.bucket_id = recount_captures.bucket_id and s.device_id = recount_captures.device_id and s.day >= first_day and s.day < end_day
  ),
  actual as (
    select (pilab.capture_stats(c, 1)).* from public.captures c
    where c.bucket_id = recount_captures.bucket_id and c.device_id = recount_captures.device_id
      and c.created_at >= first_day::timestamp at time zone 'UTC' and c.created_at < end_day::timestamp at time zone 'UTC'
  ),
  differences as (
    select bucket_id, day, device_id, shot_type, series,
      sum(live_files)::bigint as live_files, sum(live_bytes)::bigint as live_bytes,
      sum(trashed_files)::bigint as trashed_files, sum(trashed_bytes)::bigint as trashed_bytes,
      sum(purging_files)::bigint as purging_files, sum(purging_bytes)::bigint as purging_bytes,
      sum(purged_files)::bigint as purged_files, sum(purged_bytes)::bigint as purged_bytes
    from (
      select * from actual
      union all
      select bucket_id, day, device_id, shot_type, series, -live_files, -live_bytes, -trashed_files, -trashed_bytes,
        -purging_files, -purging_bytes, -purged_files, -purged_bytes from counted
    ) as both_sides
    group by bucket_id, day, device_id, shot_type, series
  )
  select array_agg(row(d.*)::public.capture_stats_daily), coalesce(jsonb_agg(to_jsonb(d)), '[]') into changes, drift
  from differences d
  where (live_files, live_bytes, trashed_files, trashed_bytes, purging_files, purging_bytes, purged_files, purged_bytes)
    <> (0, 0, 0, 0, 0, 0, 0, 0);
  if repair and changes is not null then
    perform pilab.add_capture_stats(changes);
    perform pilab.write_audit('capture_stats.repaired', 'capture_stats', bucket_id, device_id, jsonb_build_object('added', drift));
  end if;
  return jsonb_build_object('drift', drift, 'next_day', pilab.next_counted_day(bucket_id, device_id, end_day));
end $$;
comment on function public.recount_captures(text, uuid, date, integer, boolean) is
  'Counts the captures of a device anew, days days from the first one at or after from_day that has any, against its counters: {drift: what the counters lack, next_day: where to go on, NULL at the end}. repair adds it';

create function pilab.next_counted_day(bucket_id text, device_id uuid, from_day date) returns date
language sql stable set search_path = ''
as $$
  select least(
    (select min(s.day) from public.capture_stats_daily s
     where s.device_id = next_counted_day.device_id and s.day >= from_day and s.bucket_id = next_counted_day.bucket_id),
    (select (c.created_at at time zone 'UTC')::date from public.captures c
     where c.bucket_id = next_counted_day.bucket_id and c.device_id = next_counted_day.device_id
       and c.created_at >= from_day::timestamp at time zone 'UTC'
     order by c.created_at limit 1)
  )
$$;
comment on function pilab.next_counted_day(text, uuid, date) is 'The first UTC day from this one on with captures or counters of the device; NULL: none';

revoke all on function public.recount_captures(text, uuid, date, integer, boolean), pilab.next_counted_day(text, uuid, date)
  from public, anon, authenticated, service_role;
grant execute on function public.recount_captures(text, uuid, date, integer, boolean) to service_role;
