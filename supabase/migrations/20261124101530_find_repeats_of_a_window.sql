-- The heat map's repeats were found among all that a device ever repeated: 60 ms of 50,000, for a day of them. No picture began
-- to repeat earlier before the window than the longest repetition lasted, which is one look-up; the rest is a range of
-- captures_repeated_idx. (A range type's index would be no use: under row level security its operator is not let near one.)

create index captures_repeated_span_idx on public.captures (device_id, (last_repeated_at - captured_at)) where repeat_count > 0;

create or replace function pilab.repeats_by_step(
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
    and c.captured_at >= first_at - (
      select l.last_repeated_at - l.captured_at from public.captures l
      where l.device_id = of_device_id and l.repeat_count > 0
      order by l.last_repeated_at - l.captured_at desc limit 1
    )
    and (of_series is null or c.series = of_series)
  group by 1
$$;
