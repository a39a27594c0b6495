-- Frames received against frames expected, for heat maps: counted in an index alone. Tombstones count, because what retention
-- has thinned did arrive. And the indexes by which the gallery finds what is in the trash and what is pinned.

-- Captures of a device over time, whatever became of them; series is there so that a count reads nothing else.
create index captures_device_id_captured_at_idx on public.captures (device_id, captured_at) include (series);
-- The trash of a bucket, in the gallery's order …
create index captures_trash_captured_at_idx on public.captures (bucket_id, captured_at desc, id desc)
  where deleted_at is not null and purging_at is null;
-- … and what is pinned, a few of many.
create index captures_pinned_idx on public.captures (bucket_id, captured_at desc, id desc)
  where pinned_at is not null and deleted_at is null;

create function public.capture_cadence(
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
        select d.id as device_id, d.slug, d.expected_interval_s, (
          select jsonb_agg(coalesce(c.received, 0) order by g.at)
          from generate_series(first_at, until - interval '1 microsecond', step) as g (at)
          left join (
            select pg_catalog.date_bin(step, captured_at, first_at) as at, count(*) as received
            from public.captures
            where device_id = d.id and captured_at >= first_at and captured_at < until
              and (for_series is null or series = for_series)
            group by 1
          ) as c on c.at = g.at
        ) as received
        from public.devices d
        where case when for_series is null then d.id = for_device_id
          else d.id in (select s.device_id from public.capture_stats_daily s where s.series = for_series) end
      ) as r
    )
  );
end $$;
comment on function public.capture_cadence(timestamptz, timestamptz, integer, uuid, text) is
  '{since, bucket_minutes, devices: [{device_id, slug, expected_interval_s, received: [captures taken in each step from since on]}]}, by captured_at, of one device or of each device of a series';
revoke all on function public.capture_cadence(timestamptz, timestamptz, integer, uuid, text)
  from public, anon, authenticated, service_role;
grant execute on function public.capture_cadence(timestamptz, timestamptz, integer, uuid, text) to authenticated, service_role;
