-- recount_captures, as before and at a device's end its totals against its days: in one statement, so that what commits
-- meanwhile is in both or in neither.

create or replace function public.recount_captures(bucket_id text, device_id uuid, from_day date default null, days integer default 7, repair boolean default false)
returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  first_day date;
  end_day date;
  changes public.capture_stats_daily[];
  drift jsonb;
  next_day date;
  total_changes public.capture_stats_daily[];
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
  next_day := pilab.next_counted_day(bucket_id, device_id, end_day);
  if next_day is null then
    select array_agg(row(d.*)::public.capture_stats_daily) into total_changes from (
      select bucket_id, null::date as day, device_id, shot_type, series,
        sum(live_files)::bigint as live_files, sum(live_bytes)::bigint as live_bytes,
        sum(trashed_files)::bigint as trashed_files, sum(trashed_bytes)::bigint as trashed_bytes,
        sum(purging_files)::bigint as purging_files, sum(purging_bytes)::bigint as purging_bytes,
        sum(purged_files)::bigint as purged_files, sum(purged_bytes)::bigint as purged_bytes
      from (
        select s.* from public.capture_stats_daily s
        union all
        select t.bucket_id, null, t.device_id, t.shot_type, t.series, -t.live_files, -t.live_bytes, -t.trashed_files, -t.trashed_bytes,
          -t.purging_files, -t.purging_bytes, -t.purged_files, -t.purged_bytes from public.capture_totals t
      ) as both_sides
      where both_sides.bucket_id = recount_captures.bucket_id and both_sides.device_id = recount_captures.device_id
      group by bucket_id, device_id, shot_type, series
    ) as d
    where (live_files, live_bytes, trashed_files, trashed_bytes, purging_files, purging_bytes, purged_files, purged_bytes)
      <> (0, 0, 0, 0, 0, 0, 0, 0);
    if repair and total_changes is not null then
      perform pilab.add_capture_totals(total_changes);
      perform pilab.write_audit('capture_totals.repaired', 'capture_totals', bucket_id, device_id, jsonb_build_object('added', to_jsonb(total_changes)));
    end if;
  end if;
  return jsonb_build_object('drift', drift, 'next_day', next_day, 'totals_drift', coalesce(to_jsonb(total_changes), '[]'));
end $$;
comment on function public.recount_captures(text, uuid, date, integer, boolean) is
  'Counts the captures of a device anew, days days from the first one at or after from_day that has any, against its counters: {drift: what the counters lack, next_day: where to go on, NULL at the end, totals_drift: at the end, what the totals lack to be the sums of the days}. repair adds both';
