-- A stuck camera sends the same picture again and again: stored once, repeats counted. Such frames are neither new nor missing,
-- so the heat map gets them beside what was received.

-- The few captures that came more than once.
create index captures_repeated_idx on public.captures (device_id, captured_at) where repeat_count > 0;

-- Only the last repeat's time is kept: the others are taken to lie evenly before it.
create function pilab.repeats_by_step(
  of_device_id uuid, of_series text, first_at timestamptz, until timestamptz, step interval
) returns table (at timestamptz, repeats bigint)
language sql stable set search_path = ''
as $$
  select pg_catalog.date_bin(step, c.captured_at + make_interval(secs => n * every.s), first_at), count(*)
  from public.captures c
  cross join lateral (
    select greatest(extract(epoch from c.last_repeated_at - c.captured_at) / c.repeat_count, 0.001)::float8 as s
  ) as every
  cross join lateral generate_series(
    greatest(1, ceil(extract(epoch from first_at - c.captured_at) / every.s)::bigint),
    least(c.repeat_count, ceil(extract(epoch from until - c.captured_at) / every.s)::bigint - 1)
  ) as n
  where c.device_id = of_device_id and c.repeat_count > 0 and c.captured_at < until and c.last_repeated_at >= first_at
    and (of_series is null or c.series = of_series)
  group by 1
$$;
comment on function pilab.repeats_by_step(uuid, text, timestamptz, timestamptz, interval) is
  'How often pictures that were stored before came again, in each step of time; of one device, and of one series unless NULL';
revoke all on function pilab.repeats_by_step(uuid, text, timestamptz, timestamptz, interval)
  from public, anon, authenticated, service_role;
grant execute on function pilab.repeats_by_step(uuid, text, timestamptz, timestamptz, interval) to authenticated, service_role;

create or replace function public.capture_cadence(
  since timestamptz, until timestamptz, bucket_minutes integer, for_device_id uuid default null, for_series text default null
) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  step constant interval := pg_catalog.make_interval(mins => bucket_minutes);
  first_at constant timestamptz := pg_catalog.date_bin(step, since, timestamptz '2000-01-01 00:00:00+00');
begin
  if num_nulls(since, until, bucket_minutes) > 0 or num_nonnulls(for_device_id, for_series) <> 1
    or bucket_minutes not between 1 and 1440 or until <= since or until - since > 2000 * step then
    raise exception 'capture_cadence wants one device or one series, and 1 to 2000 steps of 1 to 1440 minutes'
      using errcode = '22023';
  end if;
  return jsonb_build_object(
    'since', first_at, 'bucket_minutes', bucket_minutes,
    'devices', (
      select coalesce(jsonb_agg(to_jsonb(r) order by r.slug), '[]') from (
        select d.id as device_id, d.slug, d.expected_interval_s, steps.received, steps.repeats
        from public.devices d
        cross join lateral (
          select jsonb_agg(coalesce(c.received, 0) order by g.at) as received,
            jsonb_agg(coalesce(a.repeats, 0) order by g.at) as repeats
          from generate_series(first_at, until - interval '1 microsecond', step) as g (at)
          left join (
            select pg_catalog.date_bin(step, captured_at, first_at) as at, count(*) as received
            from public.captures
            where device_id = d.id and captured_at >= first_at and captured_at < until
              and (for_series is null or series = for_series)
            group by 1
          ) as c on c.at = g.at
          left join pilab.repeats_by_step(d.id, for_series, first_at, until, step) as a on a.at = g.at
        ) as steps
        where case when for_series is null then d.id = for_device_id
          else d.id in (select s.device_id from public.capture_stats_daily s where s.series = for_series) end
      ) as r
    )
  );
end $$;
comment on function public.capture_cadence(timestamptz, timestamptz, integer, uuid, text) is
  '{since, bucket_minutes, devices: [{device_id, slug, expected_interval_s, received: [captures taken in each step from since on], repeats: [pictures that came again in it]}]}, by captured_at, of one device or of each device of a series';
